use super::{Note, Record, Text};
use crate::info::{
    DurableReceiver, DurableSignal, FieldInfo, ReceiverOptions, SignalDeclaration, SignalInfo,
};

/// The bytes of the note of a record, a [`Text`] or a [`Record`], and a path.
macro_rules! note {
    ($record:expr, $path:expr) => {{
        const NOTE: Note<{ $record.size() }, { Text($path).size() }> = $record.note(Text($path));
        bytes(&NOTE)
    }};
}

fn bytes<const T: usize, const P: usize>(note: &Note<T, P>) -> Vec<u8> {
    assert_eq!(size_of_val(note), 20 + T + P);
    let mut bytes = Vec::new();
    for integer in [note.name_length, note.body_length, note.version] {
        bytes.extend(integer.to_ne_bytes());
    }
    bytes.extend(note.name);
    bytes.extend(note.text);
    bytes.extend(note.path);
    bytes
}

/// Returns a note with this body, to a multiple of four.
fn expected(body: &[&[u8]]) -> Vec<u8> {
    let mut body = body.concat();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = u32::try_from(body.len()).unwrap();
    let mut note = Vec::new();
    note.extend(6_u32.to_ne_bytes());
    note.extend(length.to_ne_bytes());
    note.extend(1_u32.to_ne_bytes());
    note.extend(b"lback\0\0\0");
    note.extend(&body);
    note
}

#[test]
fn a_note_has_the_text_and_the_path_each_to_a_multiple_of_four() {
    assert_eq!(note!(Text(""), ""), expected(&[]));
    assert_eq!(note!(Text("a\0\0\0\0"), ""), expected(&[b"a\0\0\0"]));
    assert_eq!(
        note!(Text("ab\0\0\0\0"), "abc\0\0\0\0"),
        expected(&[b"ab\0\0", b"abc\0"])
    );
    assert_eq!(
        note!(Text("abcd\0\0\0\0"), "abcde\0\0\0"),
        expected(&[b"abcd\0\0\0\0", b"abcde\0\0\0"])
    );
}

#[test]
fn the_parts_of_a_receiver_are_joined() {
    assert_eq!(
        note!(
            Record::receiver(&["ab", "", "cde"], ReceiverOptions::NONE),
            "f\0\0\0"
        ),
        expected(&[b"abcde\0\0\0", b"f\0\0\0"])
    );
}

#[cfg(feature = "durable")]
#[test]
fn a_durable_receiver_has_its_options() {
    type Runtime = crate::info::DurableRuntime;

    const DEFAULTS: &ReceiverOptions =
        &ReceiverOptions::new().durable::<Runtime>(&DurableReceiver::__new("send"));
    const ALL: &ReceiverOptions = &ReceiverOptions::new().durable::<Runtime>(
        &DurableReceiver::__new_async("send")
            .__was(&["mail", "post"])
            .__attempts(3)
            .__backoff(1, 2)
            .__timeout(127)
            .__concurrency(128)
            .__ordered()
            .__block_on_dead(),
    );

    // 20 attempts, 2 seconds, 1 hour, no timeout, 4 at once.
    assert_eq!(
        note!(Record::receiver(&["a"], DEFAULTS), "b\0\0\0"),
        expected(&[
            b"asend\0\0\x14\xd0\x0f\x80\xdd\xdb\x01\0\x04\0\0\0\0",
            b"b\0\0\0"
        ])
    );
    assert_eq!(
        note!(Record::receiver(&["a"], ALL), ""),
        expected(&[b"asend\0mail\0post\0\0\x03\x01\x02\x7f\x80\x01\x03"])
    );
}

/// FNV-1a, as its authors give it.
fn fnv(bytes: &[u8]) -> [u8; 8] {
    let hash = bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    });
    hash.to_le_bytes()
}

#[test]
fn the_hash_is_fnv_1a() {
    assert_eq!(fnv(b"a"), 0xaf63_dc4c_8601_ec8c_u64.to_le_bytes());
}

#[test]
fn a_signal_has_its_fields_and_their_hash() {
    static PLAIN: SignalInfo = SignalInfo::__new(SignalDeclaration {
        name: "sent",
        ..SignalDeclaration::EMPTY
    });
    static FULL: SignalInfo = SignalInfo::__new(SignalDeclaration {
        name: "sent",
        is_named: true,
        reply: Some("u8"),
        is_async: true,
        is_owned: true,
        is_required: true,
        fields: &[
            FieldInfo::__new("order", "&'a Order", true),
            FieldInfo::__new("total", "u64", false),
        ],
        ..SignalDeclaration::EMPTY
    });

    assert_eq!(
        note!(Record::signal(&["a"], &PLAIN), ""),
        expected(&[b"a\0sent\0\0", &fnv(b"\0")])
    );
    let fields = b"\x02order\0&'a Order\0\x01total\0u64\0\0";
    assert_eq!(
        note!(Record::signal(&["a"], &FULL), ""),
        expected(&[b"a\x2fsent\0u8\0", fields, &fnv(fields)])
    );
}

#[test]
fn a_durable_signal_has_its_options() {
    static NEW: DurableSignal =
        DurableSignal::__new("a.b", (1, 1), &[], || unreachable!("not read"));
    static OLD: DurableSignal =
        DurableSignal::__new("a.b", (2, 300), &["c", "d"], || unreachable!("not read"))
            .__key("order")
            .__keep(604_800_000);
    static SIGNALS: [SignalInfo; 2] = [signal(&NEW), signal(&OLD)];

    const fn signal(durable: &'static DurableSignal) -> SignalInfo {
        SignalInfo::__new(SignalDeclaration {
            durable: Some(durable),
            ..SignalDeclaration::EMPTY
        })
    }

    let start = b"\x10\0\0";
    assert_eq!(
        note!(Record::signal(&[], &SIGNALS[0]), ""),
        expected(&[start, &fnv(b"\0"), b"a.b\0\x01\x01\0\0\0"])
    );
    assert_eq!(
        note!(Record::signal(&[], &SIGNALS[1]), ""),
        expected(&[
            start,
            &fnv(b"\0"),
            b"a.b\0\xac\x02\x02c\0d\0\0order\0\x80\x88\xb2\xa0\x02"
        ])
    );
}

use std::any::TypeId;

use super::{Record, RecordedParameter, RecordedReceiver, Source};
use crate::info::{
    DurableReceiver, DurableSignal, FieldInfo, ReceiverOptions, Reference, SignalDeclaration,
    SignalInfo,
};

#[cfg(feature = "durable")]
type Runtime = crate::info::DurableRuntime;

const SOURCE: Source = Source {
    package: "-",
    version: "1.2.3",
    module: "my_shop::mail",
    name: "Send",
    line: 300,
};

/// The bytes of a note.
macro_rules! note {
    ($record:expr) => {{
        const RECORD: Record = $record;
        const NOTE: [u8; RECORD.size()] = RECORD.note().0;
        NOTE.to_vec()
    }};
}

/// Returns a note with this body, whose length is a multiple of four without the padding.
fn expected(body: &[&[u8]]) -> Vec<u8> {
    let body = body.concat();
    let length = u32::try_from(body.len()).unwrap();
    let mut note = Vec::new();
    note.extend(6_u32.to_ne_bytes());
    note.extend(length.to_ne_bytes());
    note.extend(1_u32.to_ne_bytes());
    note.extend(b"lback\0\0\0");
    note.extend(&body);
    note.resize(note.len().next_multiple_of(4), 0);
    note
}

const START: &[u8] = b"\x01-\x051.2.3\x0dmy_shop::mail\x04Send\xac\x02";

#[test]
fn a_retired_receiver_is_a_source() {
    let note = note!(Record::retired(SOURCE));
    assert_eq!(note, expected(&[b"\x03", START]));
}

#[test]
fn the_end_is_padded_to_four_bytes() {
    fn sized(name: &'static str) -> Record {
        Record::retired(Source { name, ..SOURCE })
    }
    let sizes = ["", "a", "ab", "abc", "abcd"].map(|name| sized(name).size());
    let first = sizes[0];
    assert_eq!(first % 4, 0);
    assert!(sizes.iter().all(|size| size % 4 == 0));
    assert_eq!(sizes[4] - first, 4);
}

#[test]
fn a_receiver_has_its_phase_and_flags() {
    const fn record(options: &'static ReceiverOptions, is_async: bool) -> Record {
        Record::receiver(
            SOURCE,
            RecordedReceiver {
                signal: "a::B",
                options,
                is_async,
                is_of_program: false,
                parameters: &[],
            },
        )
    }
    const REFERENCES: &[Reference] = &[
        Reference::new("wrap", TypeId::of::<u8>()),
        Reference::new("parcel::label", TypeId::of::<u16>()),
    ];

    let with = |rest: &[u8]| expected(&[b"\x02", START, b"\x04a::B", rest]);
    assert_eq!(
        note!(record(ReceiverOptions::NONE, false)),
        with(&[0, 0, 0])
    );
    assert_eq!(note!(record(ReceiverOptions::NONE, true)), with(&[1, 1, 0]));
    assert_eq!(
        note!(record(&ReceiverOptions::new().first().fulfills(), false)),
        with(&[0, 4 | 16, 0])
    );
    assert_eq!(
        note!(record(&ReceiverOptions::new().last().after_commit(), false)),
        with(&[3, 8, 0])
    );
    assert_eq!(
        note!(record(&ReceiverOptions::new().after_rollback(), false)),
        with(&[4, 0, 0])
    );
    assert_eq!(
        note!(record(&ReceiverOptions::new().before(REFERENCES), false)),
        with(b"\0\x40\0\x02\x04wrap\x0dparcel::label\0")
    );
    assert_eq!(
        note!(record(&ReceiverOptions::new().after(REFERENCES), false)),
        with(b"\0\x40\0\0\x02\x04wrap\x0dparcel::label")
    );
}

#[cfg(feature = "tokio")]
#[test]
fn a_background_receiver_has_its_phase_and_flag() {
    use crate::info::BackgroundRuntime;

    const fn record(options: &'static ReceiverOptions) -> Record {
        Record::receiver(
            SOURCE,
            RecordedReceiver {
                signal: "a::B",
                options,
                is_async: true,
                is_of_program: true,
                parameters: &[],
            },
        )
    }

    let with = |rest: &[u8]| expected(&[b"\x02", START, b"\x04a::B", rest]);
    assert_eq!(
        note!(record(
            &ReceiverOptions::new().background::<BackgroundRuntime>()
        )),
        with(&[2, 1 | 2 | 32, 0])
    );
    assert_eq!(
        note!(record(
            &ReceiverOptions::new()
                .after_commit()
                .background::<BackgroundRuntime>()
        )),
        with(&[3, 1 | 2 | 32, 0])
    );
}

#[test]
fn a_receiver_has_its_parameters() {
    let note = note!(Record::receiver(
        SOURCE,
        RecordedReceiver {
            signal: "a::B",
            options: ReceiverOptions::NONE,
            is_async: false,
            is_of_program: true,
            parameters: &[
                RecordedParameter::Other("Actor"),
                RecordedParameter::Resource("dyn Mailer"),
                RecordedParameter::OptionalResource("Clock"),
                RecordedParameter::Sender("Order"),
            ],
        },
    ));
    let parameters = b"\x04\0\x05Actor\x01\x0adyn Mailer\x02\x05Clock\x03\x05Order";
    assert_eq!(
        note,
        expected(&[b"\x02", START, b"\x04a::B", &[0, 32], parameters])
    );
}

#[cfg(feature = "durable")]
#[test]
fn a_durable_receiver_has_its_options() {
    const fn record(options: &'static ReceiverOptions, is_async: bool) -> Record {
        Record::receiver(
            SOURCE,
            RecordedReceiver {
                signal: "a::B",
                options,
                is_async,
                is_of_program: false,
                parameters: &[],
            },
        )
    }

    let with = |rest: &[u8]| expected(&[b"\x02", START, b"\x04a::B", rest]);
    let defaults = note!(record(
        &ReceiverOptions::new().durable::<Runtime>(&DurableReceiver::__new("send")),
        false
    ));
    // 20 attempts, 2 seconds, 1 hour, no timeout, 4 at once.
    assert_eq!(
        defaults,
        with(b"\x05\x80\0\x04send\0\x14\xd0\x0f\x80\xdd\xdb\x01\0\x04\0")
    );
    let all = note!(record(
        &ReceiverOptions::new().durable::<Runtime>(
            &DurableReceiver::__new_async("send")
                .__was(&["mail", "post"])
                .__attempts(3)
                .__backoff(1, 2)
                .__timeout(127)
                .__concurrency(128)
                .__ordered()
                .__block_on_dead()
        ),
        true
    ));
    assert_eq!(
        all,
        with(b"\x05\x81\0\x04send\x02\x04mail\x04post\x03\x01\x02\x7f\x80\x01\x03")
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

    let with = |rest: &[&[u8]]| expected(&[b"\x01", START, &rest.concat()]);
    assert_eq!(
        note!(Record::signal(SOURCE, &PLAIN)),
        with(&[b"\0\x04sent\0", &fnv(b"\0")])
    );
    let fields = b"\x02\x01\x05order\x09&'a Order\0\x05total\x03u64";
    assert_eq!(
        note!(Record::signal(SOURCE, &FULL)),
        with(&[b"\x2f\x04sent\x02u8", fields, &fnv(fields)])
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

    let with = |rest: &[u8]| expected(&[b"\x01", START, b"\x10\0\0", &fnv(b"\0"), rest]);
    assert_eq!(
        note!(Record::signal(SOURCE, &SIGNALS[0])),
        with(b"\x03a.b\x01\x01\0\0\0")
    );
    assert_eq!(
        note!(Record::signal(SOURCE, &SIGNALS[1])),
        with(b"\x03a.b\xac\x02\x02\x02\x01c\x01d\x05order\x80\x88\xb2\xa0\x02")
    );
}

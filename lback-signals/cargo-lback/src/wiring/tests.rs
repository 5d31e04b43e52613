use std::io::Cursor;

use object::ReadCache;
use test_support::cases::{Result, Unstructured, check, vec};
use test_support::rounds;

use super::{Records, Wiring};
use crate::check::check as problems;
use crate::diff::{Diff, Markdown, Text, compare};
use crate::error::Problem;
use crate::escape::{markdown, terminal};
use crate::sections::{Section, sections};
use crate::semver::breaking;
use crate::testing::{
    Body, all_kinds, archive, coff, elf, elf_without_sections, mach_o, note, notes, pe, receiver,
    section, signal, wasm,
};

/// What the records of [`all_kinds`] say, as a lock.
const LOCK: &str = "\
# The signals of this program and their receivers, in the order in which they run.
shop::Paid is sent as `paid` with order: &'a Order (the sender), by: Map<K, V>; answered with Veto; owned
shop::Paid is received by shop::mail::send (of the program itself), after_commit, background, first, \
before(audit), after(super::never)
shop::Paid is received by shop::mail::audit, after_commit, after(crate::mail::send)
shop::Paid is received by shop::mail::keep, durable, async; it takes dyn Mailer, Log if there is one
bank::Unknown is sent as `Unknown`
bank::Unknown is received by bank::book, async
# The durable signals and receivers, as outboxes store them.
durable signal order.paid v3 (accepts 1 to 3, was paid) is shop::Paid, key order, stored as ?
durable keep-receipt (was keep) of order.paid by shop::mail::keep, order key, attempts 20, on_dead block
retired push-legacy
";

fn problem_of(bytes: &[u8]) -> Problem {
    Records::read(&[section(bytes)]).unwrap_err()
}

/// Reads a file, as the program reads one.
fn with_file<T>(
    file: &[u8],
    then: impl FnOnce(&Wiring<'_>) -> T,
) -> std::result::Result<T, Problem> {
    let file = ReadCache::new(Cursor::new(file));
    let sections = sections(&file)?;
    Ok(then(&Records::read(&sections)?.wiring()))
}

/// Makes each text of a wiring.
fn show(wiring: &Wiring<'_>) {
    let view = &wiring.view;
    let lock = view.to_lock();
    let texts = [
        view.to_string(),
        view.to_json(),
        view.to_svg(),
        view.to_dot(),
        view.to_mermaid(),
    ];
    for text in texts {
        assert!(!terminal(&text).contains(['\u{1b}', '\u{202e}', '\u{9b}']));
    }
    for problem in problems(wiring) {
        terminal(&problem.to_string());
    }
    for notice in &wiring.notices {
        markdown(&notice.to_string());
    }
    let empty = Wiring::default().view;
    for (old, new) in [(&empty, view), (view, &empty), (view, view)] {
        let changes = compare(old, new);
        let is_same = changes.is_empty();
        assert_eq!(
            is_same,
            std::ptr::eq(old, new) || view.signals.is_empty() && view.retired.is_empty()
        );
        let diff = Diff {
            version: 1,
            old: String::new(),
            new: String::new(),
            changes,
        };
        let _ = (Text(&diff).to_string(), Markdown(&diff).to_string());
    }
    let _ = breaking(view, view);
    let _ = view.compare(&[("signals.lock", &lock)]);
}

#[test]
fn each_kind_and_option_is_read_from_each_format() {
    let notes = notes(&all_kinds());
    let files = [
        wasm(&notes),
        elf(&notes),
        elf_without_sections(&notes, 4),
        mach_o(&notes),
        coff(&notes),
        pe(&notes),
        archive(&elf(&notes)),
    ];
    for file in files {
        let lock = with_file(&file, |wiring| {
            let durable = wiring.view.signals[0].receivers[2]
                .durable
                .as_ref()
                .unwrap();
            let backoff = durable.backoff.as_ref().unwrap();
            assert_eq!((backoff.first_ms, backoff.max_ms), (2000, 3_600_000));
            assert_eq!(
                (durable.timeout_ms, durable.concurrency),
                (Some(300_000), Some(4))
            );
            let signal = wiring.view.signals[0].durable.as_ref().unwrap();
            assert_eq!(signal.keep_ms, Some(604_800_000));
            assert_eq!(wiring.view.signals[0].line, 12);
            show(wiring);
            let notices: Vec<_> = wiring.notices.iter().map(ToString::to_string).collect();
            assert_eq!(
                notices,
                [
                    "records of a later release are left out (1): install its cargo-lback",
                    "the signal `bank::Unknown` has receivers and no record: its crate was built without records",
                    "the order of `shop::Paid` is not certain: `shop::mail::send` is ordered by `super::never`, \
                     which names no receiver by its path",
                ]
            );
            wiring.view.to_lock()
        });
        assert_eq!(lock.unwrap(), LOCK);
    }
}

#[test]
fn big_endian_integers_and_other_notes_are_read() {
    let own = note(&signal("shop", "Paid", 1).0, 1, u32::to_be_bytes);
    let newer = note(b"?", 2, u32::to_be_bytes);
    let foreign = [&b"\0\0\0\x04\0\0\0\x02\0\0\0\x03GNU\0ab\0\0"[..], &[0; 8]].concat();
    let bytes = [&[0; 4], &*foreign, &own, &newer, &[0; 7]].concat();
    let section = Section {
        bytes: &bytes,
        is_big_endian: true,
    };
    let records = Records::read(&[section]).unwrap();
    assert_eq!(records.newer, 1);
    assert_eq!(records.wiring().view.signals[0].type_path, "shop::Paid");
}

#[test]
fn a_damaged_record_is_an_error() {
    let paid = signal("shop", "Paid", 1);
    let notes_of = |body: &Body| notes(std::slice::from_ref(body));
    let malformed = |offset, what| Problem::Malformed { offset, what };
    let whole = notes_of(&paid);
    // Cut off at each byte: in the head, in the name, in the body.
    for length in 1..whole.len() - 3 {
        let cut = &whole[..length];
        let problem = Records::read(&[section(cut)]).err();
        let is_expected = matches!(problem, Some(Problem::Malformed { offset: 0, .. }));
        assert!(is_expected, "{length}: {problem:?}");
    }
    // A body of each length that is less.
    for length in 0..paid.0.len() {
        let problem = problem_of(&notes_of(&Body(paid.0[..length].to_vec())));
        assert_eq!(problem, malformed(0, "it ends early"), "{length}");
    }
    // Overlapping: the size reaches into the next note.
    let mut overlapping = notes(&[paid.clone(), paid.clone()]);
    overlapping[4] += 8;
    assert!(matches!(
        problem_of(&overlapping),
        Problem::Malformed { .. }
    ));
    let mut oversized = whole.clone();
    oversized[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    assert_eq!(
        problem_of(&oversized),
        malformed(0, "it ends behind its section")
    );
    // Not UTF-8, and control characters.
    let name = paid.0.windows(4).position(|it| it == b"Paid").unwrap();
    for (byte, what) in [
        (0xff, "a text is not UTF-8"),
        (b'\n', "a text has a control character"),
    ] {
        let mut body = paid.clone();
        body.0[name] = byte;
        assert_eq!(problem_of(&notes_of(&body)), malformed(0, what));
    }
    let empty = signal("", "Paid", 1);
    assert_eq!(
        problem_of(&notes_of(&empty)),
        malformed(0, "its name is empty")
    );
    let mut other_fields = Body::new(1, "shop", "Paid", 1)
        .byte(0)
        .text("paid")
        .fields(&[(false, "a", "b")]);
    let end = other_fields.0.len() - 9;
    other_fields.0[end] = b'c';
    let second = notes(&[paid.clone(), other_fields]);
    assert_eq!(
        problem_of(&second),
        malformed(whole.len(), "its fields differ from their hash")
    );
    let phase = receiver(["shop", "send"], "shop::Paid", 6, [&[], &[]]);
    assert_eq!(
        problem_of(&notes_of(&phase)),
        malformed(0, "its phase is not known")
    );
}

#[test]
fn numbers_are_limited() {
    let line = |bytes: &[u8]| {
        let mut body = Body(vec![3]).text("p").text("1").text("shop").text("push");
        body.0.extend_from_slice(bytes);
        Records::read(&[section(&notes(&[body]))]).err()
    };
    let malformed = |what| Some(Problem::Malformed { offset: 0, what });
    assert_eq!(line(&[0xff, 0xff, 0xff, 0xff, 0x0f]), None);
    assert_eq!(
        line(&[0x80, 0x80, 0x80, 0x80, 0x10]),
        malformed("a number is larger than 32 bits")
    );
    let largest = [&[0xff; 9][..], &[1]].concat();
    assert_eq!(line(&largest), malformed("a number is larger than 32 bits"));
    for end in [[2, 0], [0x81, 0]] {
        let bytes = [&[0xff; 9][..], &end].concat();
        assert_eq!(line(&bytes), malformed("a number is larger than 64 bits"));
    }
    let no_lists = Body::new(2, "shop", "send", 1)
        .text("shop::Paid")
        .byte(0)
        .byte(0);
    let endless = no_lists.integer(u64::MAX);
    assert!(matches!(
        problem_of(&notes(&[endless])),
        Problem::Malformed { .. }
    ));
}

#[test]
fn there_are_limits_of_records_items_and_bytes() {
    let retired = Body::new(3, "a", "b", 1);
    let many = notes(&vec![retired.clone(); 100_000]);
    assert!(Records::read(&[section(&many)]).is_ok());
    let too_many = [&*many, &notes(&[retired])].concat();
    assert_eq!(problem_of(&too_many), Problem::TooMany("100,000 records"));

    let list = receiver(
        ["shop", "send"],
        "shop::Paid",
        0,
        [&vec!["a"; 400_000], &vec!["b"; 400_000]],
    );
    assert!(Records::read(&[section(&notes(std::slice::from_ref(&list)))]).is_ok());
    let both = notes(&[list.clone(), list]);
    let is_limited = matches!(
        problem_of(&both),
        Problem::Malformed {
            what: "it has too many items",
            ..
        }
    );
    assert!(is_limited);

    // The size is of the header; the file need not have as many bytes.
    let mut large = elf(&notes(&all_kinds()));
    let at = large.len() - 2 * 64 + 32;
    large[at..at + 8].copy_from_slice(&((64 << 20) + 1_u64).to_le_bytes());
    assert_eq!(with_file(&large, |_| ()), Err(Problem::TooLarge));
    large[at..at + 8].copy_from_slice(&(64_u64 << 20).to_le_bytes());
    assert!(matches!(
        with_file(&large, |_| ()),
        Err(Problem::Damaged(_))
    ));
}

#[test]
fn files_without_records_are_told() {
    assert_eq!(with_file(&wasm(&[]), |_| ()), Err(Problem::NoRecords));
    assert_eq!(with_file(&elf(&[0; 16]), |_| ()), Err(Problem::NoRecords));
    assert_eq!(with_file(b"\0\0", |_| ()), Err(Problem::UnknownFormat));
    let universal = [&b"\xca\xfe\xba\xbe\0\0\0\x01"[..], &[0; 64]].concat();
    assert_eq!(with_file(&universal, |_| ()), Err(Problem::Universal));
    assert!(matches!(
        with_file(&elf(&[])[..70], |_| ()),
        Err(Problem::Damaged(_))
    ));
    // Notes that are aligned to 8 bytes are of others.
    let others = elf_without_sections(&notes(&all_kinds()), 8);
    assert_eq!(with_file(&others, |_| ()), Err(Problem::NoRecords));
    let thin = archive(b"")
        .strip_prefix(b"!<arch>\n")
        .map(|member| [b"!<thin>\n", member].concat());
    assert!(matches!(
        with_file(&thin.unwrap(), |_| ()),
        Err(Problem::Damaged(_))
    ));
    // A program whose records are all of a later release has a listing that says so.
    let newer = with_file(&wasm(&note(b"?", 7, u32::to_le_bytes)), |wiring| {
        wiring.notices.len()
    });
    assert_eq!(newer, Ok(1));
}

#[test]
fn unused_signals_of_the_core_are_left_out() {
    let records = [
        signal("lback_signals::durable", "DeliveryDied", 1),
        signal("shop", "Paid", 1),
    ];
    let names = |records: &[Body]| {
        let notes = notes(records);
        let records = Records::read(&[section(&notes)]).unwrap();
        let wiring = records.wiring();
        let signals = wiring.view.signals.iter();
        signals.map(|it| it.name.to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(names(&records), ["Paid"]);
    let died = "lback_signals::durable::DeliveryDied";
    let with_receiver = receiver(["shop", "warn"], died, 0, [&[], &[]]);
    let with_receiver = [&records[..], &[with_receiver]].concat();
    assert_eq!(names(&with_receiver), ["DeliveryDied", "Paid"]);
}

#[test]
fn contradictions_are_problems() {
    let paid = "shop::Paid";
    let required = Body::new(1, "shop", "Due", 5)
        .byte(4 | 32)
        .text("Due")
        .fields(&[]);
    let named = Body::new(1, "shop::other", "Due", 6)
        .byte(32)
        .text("Due")
        .fields(&[]);
    let fulfills = |name| {
        let body = Body::new(2, "shop", name, 8)
            .text("shop::Due2")
            .byte(0)
            .byte(16);
        body.parameters(&[])
    };
    let records = [
        signal("shop", "Paid", 4),
        required,
        named,
        Body::new(1, "shop", "Due2", 7)
            .byte(4)
            .text("due2")
            .fields(&[]),
        fulfills("one"),
        fulfills("two"),
        receiver(["shop", "a"], paid, 0, [&["b"], &[]]),
        receiver(["shop", "b"], paid, 0, [&["a"], &["late"]]),
        receiver(["shop", "late"], paid, 3, [&[], &[]]),
        receiver(["shop", "late"], paid, 3, [&[], &[]]),
    ];
    let notes = notes(&records);
    let records = Records::read(&[section(&notes)]).unwrap();
    let problems: Vec<_> = problems(&records.wiring())
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        problems,
        [
            "the name `Due` was given to more than one signal: `shop::Due` (line 5), `shop::other::Due` (line 6); \
             give each its own `name = \"…\"`",
            "`shop::Due` (line 5) is required, but no receiver fulfills it: name the crate that has it with \
             `lback_signals::link!`, or add `fulfills` to one",
            "`shop::Due2` (line 7) is fulfilled by more than one receiver: `shop::one` (line 8), `shop::two` \
             (line 8); remove `fulfills` from all except one",
            "`shop::late` (line 1) receives `Paid` more than once: name the signal once",
            "the receivers of `Paid` are ordered in a cycle: `shop::a` (line 1) before `shop::b` (line 1) before \
             `shop::a` again; remove one of these constraints",
            "`shop::b` (line 1) receives `Paid` in phase `now` and is ordered by `late`, which receives it in \
             another phase: remove the constraint, or give both the same phase",
        ]
    );
}

#[test]
fn durable_names_are_of_one_item() {
    let durable_signal = |name| {
        let body = Body::new(1, "shop", name, 1)
            .byte(16 | 2)
            .text(name)
            .fields(&[]);
        body.text("paid")
            .integer(1)
            .integer(1)
            .texts(&[])
            .text("")
            .integer(0)
    };
    let durable = |name, stored, was: &[&str]| {
        let body = Body::new(2, "shop", name, 2)
            .text("shop::A")
            .byte(5)
            .byte(128)
            .parameters(&[]);
        let body = body
            .text(stored)
            .texts(was)
            .integer(20)
            .integer(1)
            .integer(1)
            .integer(0);
        body.integer(1).byte(0)
    };
    let records = [
        durable_signal("A"),
        durable_signal("B"),
        durable("one", "keep", &["old"]),
        durable("two", "other", &["keep"]),
        Body::new(3, "shop", "old", 9),
    ];
    let notes = notes(&records);
    let records = Records::read(&[section(&notes)]).unwrap();
    let problems: Vec<_> = problems(&records.wiring())
        .iter()
        .map(ToString::to_string)
        .collect();
    let [signals, retired, receivers] = problems.try_into().unwrap();
    assert!(signals.starts_with("the durable name `paid` has more than one signal: `shop::A`"));
    assert!(
        retired
            .starts_with("the durable name `old` is retired (line 9) and is a name of `shop::one`")
    );
    assert!(
        receivers.starts_with("the durable name `keep` has more than one receiver: `shop::one`")
    );
}

#[test]
fn cycles_of_many_receivers_are_not_dissolved() {
    let ordered = |number| {
        let name = format!("f{number}");
        receiver(["shop", &name], "shop::Paid", 0, [&["f0"], &[]])
    };
    let mut records: Vec<_> = (0..1000).map(ordered).collect();
    records.push(signal("shop", "Paid", 1));
    let notices = |records: &[Body]| {
        let notes = notes(records);
        let records = Records::read(&[section(&notes)]).unwrap();
        records.wiring().notices.len()
    };
    assert_eq!(notices(&records), 0);
    records.push(ordered(1000));
    assert_eq!(notices(&records), 1);
}

/// Changes some bytes: to any value, to one of the file, or removes and repeats a range.
fn mutated(u: &mut Unstructured<'_>, file: &[u8]) -> Result<Vec<u8>> {
    let mut bytes = file.to_vec();
    for _ in 0..u.int_in_range(1..=6)? {
        if bytes.is_empty() {
            break;
        }
        let last = bytes.len() - 1;
        let at = u.int_in_range(0..=last)?;
        match u.int_in_range(0..=4)? {
            0 => bytes[at] = u.arbitrary()?,
            1 => bytes[at] = *u.choose(&[0, 1, 0x7f, 0x80, 0xff])?,
            2 => bytes[at] = bytes[u.int_in_range(0..=last)?],
            3 => bytes.truncate(at),
            _ => {
                let end = at + u.int_in_range(0..=last - at)?.min(64);
                let range = bytes[at..end].to_vec();
                let to = u.int_in_range(0..=last)?;
                bytes.splice(to..to, range);
            }
        }
    }
    Ok(bytes)
}

/// Each file is read, or refused with an error: none panics, and all texts of a wiring can be made.
#[test]
fn a_mutated_file_is_read_or_refused() {
    let records = all_kinds();
    let sections = notes(&records);
    let files = [
        wasm(&sections),
        elf(&sections),
        elf_without_sections(&sections, 4),
        mach_o(&sections),
        coff(&sections),
        pe(&sections),
        archive(&elf(&sections)),
    ];
    let (mut read, mut refused) = (0_u32, 0_u32);
    check(rounds(1_000_000), 256, |u| {
        // Most changes of a file are in its records, whose hash of fields is corrected by chance only.
        let file = if u.ratio(3, 4)? {
            let some = vec(u, 1..=4, |u| Ok(u.choose(&records)?.clone()))?;
            wasm(&mutated(u, &notes(&some))?)
        } else {
            let file = u.choose(&files)?;
            mutated(u, file)?
        };
        match with_file(&file, show) {
            Ok(()) => read += 1,
            Err(_) => refused += 1,
        }
        Ok(())
    });
    assert!(
        read > 100 && refused > 100,
        "{read} files were read, {refused} refused"
    );
}

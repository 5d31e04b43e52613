mod damaged;
mod mutated;
mod problems;

use std::io::Cursor;

use object::ReadCache;

use super::{Records, Wiring};
use crate::check::check;
use crate::diff::{Diff, Markdown, Text, compare};
use crate::error::Problem;
use crate::escape::{markdown, terminal};
use crate::sections::{Section, sections};
use crate::semver::breaking;
use crate::testing::{
    Body, all_kinds, archive, coff, elf, elf_without_sections, mach_o, note, notes, pe, receiver,
    section, signal, wasm,
};

/// The records of [`all_kinds`] as a lock.
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
    for problem in check(wiring) {
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
    // One receiver with many paths, and one function many times.
    let many = ["f0"; 1001];
    for (count, paths) in [(1, &many[..1000]), (2, &many[..501]), (40, &many[..10])] {
        let mut records = vec![signal("shop", "Paid", 1)];
        records.resize(
            1 + count,
            receiver(["shop", "f0"], "shop::Paid", 0, [paths, &[]]),
        );
        let is_over = count != 1;
        assert_eq!(notices(&records), usize::from(is_over), "{count}");
    }
}

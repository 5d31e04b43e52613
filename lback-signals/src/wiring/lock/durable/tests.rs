//! Tests that the lines are read as they are written.

use super::super::super::tests::check_signals;
use super::super::super::view::{DurableReceiverView, DurableSignalView};
use super::{Locked, LockedReceiver, LockedSignal, receivers, write};

#[test]
fn a_wiring_without_durable_signals_adds_no_line() {
    check_signals(|signals| {
        let mut signals = signals.to_vec();
        for signal in &mut signals {
            signal.durable = None;
            for receiver in &mut signal.receivers {
                receiver.durable = None;
            }
        }
        let mut lock = String::new();
        write(&mut lock, &signals, &[]);
        assert_eq!(lock, "");
    });
}

#[test]
fn lines_are_read_as_they_were_written() {
    check_signals(|signals| {
        let mut signals = signals.to_vec();
        for (number, signal) in signals.iter_mut().enumerate() {
            signal.type_path = format!("shop::m{number}::Is").leak();
            for receiver in &mut signal.receivers {
                receiver.id = "shop::of::by";
            }
        }
        let mut lock = String::new();
        let retired = ["retired", "signal"];
        write(&mut lock, &signals, &retired);
        let locked = Locked::read(&lock);

        let durable = signals.iter().filter_map(|signal| signal.durable.as_ref());
        let mut expected: Vec<&DurableSignalView<'_>> = durable.collect();
        expected.sort_by_key(|durable| durable.name);
        let read = locked.signals.iter();
        let read: Vec<_> = read
            .map(|it| {
                let versions = (it.oldest_version, it.version);
                (it.name, versions, it.was.clone(), it.stored_form)
            })
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|it| {
                let versions = (it.oldest_version, it.version);
                (it.name, versions, it.was.clone(), it.stored_form.as_deref())
            })
            .collect();
        assert_eq!(read, expected, "{lock}");

        let mut expected: Vec<(&str, &DurableReceiverView<'_>)> = receivers(&signals)
            // Only durable signals have durable receivers.
            .filter_map(|(signal, receiver)| {
                let signal = signal.durable.as_ref().map_or("", |signal| signal.name);
                Some((signal, receiver.durable.as_ref()?))
            })
            .collect();
        expected.sort_by_key(|(_, durable)| durable.name);
        let expected: Vec<_> = expected
            .iter()
            .map(|(signal, it)| (it.name, it.was.clone(), *signal, "shop::of::by", it.ordered))
            .collect();
        let read = locked.receivers.iter();
        let read: Vec<_> = read
            .map(|it| (it.name, it.was.clone(), it.signal, it.id, it.is_ordered))
            .collect();
        assert_eq!(read, expected, "{lock}");
        assert_eq!(locked.retired, retired, "{lock}");
        assert_eq!(Locked::read_all(&lock).unwrap().retired, retired, "{lock}");
    });
}

#[test]
fn clauses_of_later_releases_are_skipped() {
    let signal = "durable signal order.paid v2 (accepts 1 to 2, was order_paid and paid) is \
                  shop::OrderPaid, key order, stored as 7f3a19c2, kept 7d";
    let receiver = "durable send-receipt (from 3, was mail-receipt) of order.paid by \
                    shop::mail::send_receipt, order key, attempts 20, on_dead block";
    let lock = format!(
        "{signal}\r\n{receiver}\r\npublish order.paid v2 to lback.shop\r\nretired push-legacy\r\n"
    );
    let locked = Locked::read(&lock);
    assert_eq!(
        locked.signals,
        [LockedSignal {
            line: signal,
            name: "order.paid",
            version: 2,
            oldest_version: 1,
            was: vec!["order_paid", "paid"],
            type_path: "shop::OrderPaid",
            key: Some("order"),
            stored_form: Some("7f3a19c2"),
        }]
    );
    assert_eq!(
        locked.receivers,
        [LockedReceiver {
            name: "send-receipt",
            was: vec!["mail-receipt"],
            signal: "order.paid",
            id: "shop::mail::send_receipt",
            is_ordered: true,
            attempts: 20,
            on_dead: "block",
        }]
    );
    assert_eq!(locked.retired, ["push-legacy"]);
}

#[test]
fn other_lines_are_not_read() {
    let lock = "\
# durable signal a v1 is shop::A, stored as 00000000
durable::Signal is sent as `signal` with of: u32
durable::Signal is received by shop::by, durable
durable signal a v is shop::A, stored as 00000000
durable signal a v1 is shop::A
durable signal a v99999999999 is shop::A, stored as 00000000
durable a by shop::a
";
    let locked = Locked::read(lock);
    assert!(locked.signals.is_empty(), "{locked:?}");
    assert!(locked.receivers.is_empty(), "{locked:?}");
}

#[test]
fn a_line_that_is_not_of_a_lock_is_an_error() {
    let lock = "\u{feff}# The signals of this program.\r
shop::Paid is sent as `paid`\r
shop::Paid is received by shop::pay, async\r
\r
durable signal paid v1 (accepts 0 to 1) is shop::Paid, kept, stored as 00000000\r
durable pay of paid by shop::pay, attempts 20\r
retired push\r
";
    let locked = Locked::read_all(lock).unwrap();
    assert_eq!(locked.signals.len() + locked.receivers.len(), 2);
    assert_eq!(locked.retired, ["push"]);
    for line in [
        "<<<<<<< HEAD",
        "[[package]]",
        "durable signal paid v1 is shop::Paid",
        "durable signal paid v1 (accepts one to 1) is shop::Paid, stored as 00000000",
        "durable pay by shop::pay",
        "retired push and pull",
        "retired ",
        "publish paid v1 to lback.shop",
    ] {
        let lock = format!("# A comment.\n{line}\nretired push\n");
        assert_eq!(Locked::read_all(&lock).unwrap_err(), (2, line.trim_end()));
        let locked = Locked::read(&lock);
        assert_eq!(locked.retired, ["push"], "{line}");
        assert!(
            locked.signals.is_empty() && locked.receivers.is_empty(),
            "{line}"
        );
    }
}

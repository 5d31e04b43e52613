//! Background receivers that are disabled before their job is queued, or while it waits in the queue.

use lback_signals::background::{self, Settings};
use lback_signals::{Signal, Transaction, disable, enable, receiver, signal};
use test_support::in_child_process;

use crate::LONG;
use crate::gate::Gate;

static GATE: Gate = Gate::closed();

#[signal(owned)]
struct Begun;

#[receiver(signal = Begun, background)]
fn occupy(_: &Begun) {
    GATE.pass();
}

#[signal(owned)]
struct Ordered;

#[receiver(signal = Ordered, background)]
fn print(_: &Ordered) {
    unreachable!("the receiver is disabled while its job waits");
}

#[receiver(signal = Ordered, background)]
async fn mail(_: &Ordered) {
    unreachable!("the receiver is disabled while its job waits");
}

#[receiver(signal = Ordered, after_commit, background)]
fn archive(_: &Ordered) {}

#[test]
fn a_disabled_receiver_is_neither_queued_nor_run() {
    in_child_process(|| {
        background::configure(Settings::new().with_concurrency(1)).unwrap();
        assert_eq!(Begun.send().deferred(), 1);
        let waiting = Ordered.send();
        assert_eq!((waiting.deferred(), waiting.skipped()), (3, 0));

        disable(print).unwrap();
        disable(mail).unwrap();
        let report = Ordered.send();
        assert_eq!((report.deferred(), report.skipped()), (1, 2));

        disable(archive).unwrap();
        let transaction = Transaction::new();
        let report = transaction.run(|| Ordered.send());
        assert_eq!((report.deferred(), report.skipped()), (0, 3));
        assert_eq!(transaction.commit().deferred(), 0);
        enable(archive).unwrap();

        GATE.open();
        assert!(background::drain(LONG).is_complete());
        // Five jobs have run, and two of them were skipped.
        assert_eq!(background::stats().done(), 5);
        assert_eq!(background::stats().failed(), 0);
    });
}

//! A full queue that refuses new jobs.

use std::sync::Mutex;

use lback_signals::background::{self, Refused, Settings};
use lback_signals::{FailureKind, Signal, Transaction, on_failure, receiver, signal};
use test_support::in_child_process;

use crate::LONG;
use crate::gate::Gate;

static GATE: Gate = Gate::closed();
static REPORTED: Mutex<Vec<String>> = Mutex::new(Vec::new());

#[signal(owned)]
struct Ordered {
    number: u32,
}

#[receiver(signal = Ordered)]
fn now(_: &Ordered) {}

#[receiver(signal = Ordered, background)]
fn slow(event: &Ordered) {
    assert!(event.number < 3);
    GATE.pass();
}

#[signal(owned)]
struct Paid;

#[receiver(signal = Paid, after_commit, background)]
fn tells(_: &Paid) {}

#[test]
fn a_full_queue_is_a_failure_of_the_send_and_blocks_no_sender() {
    in_child_process(|| {
        on_failure(|failure| REPORTED.lock().unwrap().push(failure.to_string()));
        background::configure(Settings::new().with_concurrency(1).with_capacity(2)).unwrap();
        for number in 0..3 {
            assert_eq!(Ordered { number }.send().deferred(), 1);
        }
        let report = Ordered { number: 3 }.send();
        assert_eq!((report.delivered(), report.deferred()), (1, 0));
        let [failure] = report.failures() else {
            panic!("{report:?}");
        };
        assert_eq!(failure.receiver().name(), "slow");
        let FailureKind::Refused(Refused::QueueFull { capacity: 2, .. }) = failure.kind() else {
            panic!("{failure}");
        };
        assert!(failure.to_string().contains(
            "will not run: the background queue is full with 2 queued receivers: raise "
        ));

        // A refusal is no veto: a receiver that runs later cannot veto.
        let sent = Ordered { number: 3 }.try_send().expect("no veto");
        assert_eq!(sent.failures().len(), 1);

        let transaction = Transaction::new();
        assert_eq!(transaction.run(|| Paid.send()).deferred(), 1);
        assert_eq!(transaction.commit().failures().len(), 1);
        assert_eq!(REPORTED.lock().unwrap().len(), 3);

        GATE.open();
        let drained = background::drain(LONG);
        assert!(drained.is_complete());
        assert_eq!(background::stats().done(), 3);
    });
}

//! Sends outside a transaction.

use std::sync::Mutex;

use lback_signals::durable::EnqueueError;
use lback_signals::{Scope, Signal, on_failure};
use test_support::in_child_process;

use super::{Order, Paid, Placed, book, not_enqueued};

const OUTSIDE: EnqueueError = EnqueueError::OutsideTransaction {
    signal: "sending.paid",
};

#[test]
fn each_durable_receiver_fails() {
    let report = Paid::number(1).send();
    assert_eq!((report.delivered(), report.deferred()), (1, 0));
    assert_eq!(
        not_enqueued(&report),
        (vec!["book", "receipt"], Some(OUTSIDE))
    );
    let failure = &report.failures()[0];
    assert_eq!(
        failure.to_string(),
        format!(
            "receiver `{}` of `paid` will not run: `sending.paid` has durable receivers and was sent outside a \
             transaction: send it in a transaction of the outbox, or with `outbox.send(signal)`",
            failure.receiver().id(),
        ),
    );
}

#[test]
fn a_muted_receiver_does_not_fail() {
    let report = Scope::new().mute(book).run(|| Paid::number(1).send());
    assert_eq!(not_enqueued(&report).0, ["receipt"]);
    assert_eq!(report.skipped(), 1);
}

#[test]
fn a_send_outside_a_transaction_is_no_veto() {
    let report = Paid::number(1).try_send().unwrap();
    assert_eq!(not_enqueued(&report).0, ["book", "receipt"]);
}

#[test]
fn a_vetoed_signal_does_not_fail_further() {
    let paid = Paid {
        number: 1,
        email: "",
    };
    let veto = paid.try_send().unwrap_err();
    assert_eq!(veto.receiver().name(), "audit");
}

#[test]
fn the_failure_has_the_sender() {
    let order = Order { number: 7 };
    let report = Placed { order: &order }.send();
    assert_eq!(report.delivered(), 1);
    assert_eq!(report.failures()[0].sender(), Some("order 7"));
}

#[test]
fn the_hook_gets_each_failure_once() {
    static FAILED: Mutex<Vec<&str>> = Mutex::new(Vec::new());

    in_child_process(|| {
        on_failure(|failure| FAILED.lock().unwrap().push(failure.receiver().name()));
        Paid::number(1).send();
        assert_eq!(*FAILED.lock().unwrap(), ["book", "receipt"]);
    });
}

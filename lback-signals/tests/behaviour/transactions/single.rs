//! One transaction, and each way to end it.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;

use super::*;

#[test]
fn receivers_wait_for_the_commit() {
    in_scope(|log| {
        let transaction = Transaction::new();
        let report = transaction.run(|| pay(1));
        assert_eq!((report.delivered(), report.deferred()), (1, 2));
        transaction.run(|| pay(2));
        assert_eq!(log.take(), ["audit 1", "audit 2"]);

        let report = transaction.commit();
        assert_eq!(log.take(), [committed(1), committed(2)].concat());
        assert_eq!((report.delivered(), report.deferred()), (4, 0));
    });
}

#[test]
fn a_rollback_runs_only_after_rollback_receivers() {
    in_scope(|log| {
        let transaction = Transaction::new();
        transaction.run(|| pay(1));
        let report = transaction.rollback();
        assert_eq!(log.take(), ["audit 1", "apologise 1"]);
        assert_eq!(report.delivered(), 1);
    });
}

#[test]
fn dropping_a_transaction_rolls_it_back() {
    in_scope(|log| {
        let transaction = Transaction::new();
        transaction.run(|| pay(1));
        drop(transaction);
        assert_eq!(log.take(), ["audit 1", "apologise 1"]);
    });
}

#[test]
fn an_abandoned_transaction_runs_no_receiver_and_returns_the_pending_ones() {
    in_scope(|log| {
        let transaction = Transaction::new();
        transaction.run(|| {
            pay(7);
            Scope::new().mute(points).mute(apologise).run(|| pay(8));
        });
        let abandoned = transaction.abandon();
        assert_eq!(log.take(), ["audit 7", "audit 8"]);
        let texts: Vec<_> = abandoned.iter().map(ToString::to_string).collect();
        let expected = [
            "order_paid (order 7) for behaviour::transactions::receipt, behaviour::transactions::points, \
             behaviour::transactions::apologise",
            "order_paid (order 8) for behaviour::transactions::receipt",
        ];
        assert_eq!(texts, expected);
        assert_eq!(abandoned[0].signal().name(), "order_paid");
        assert_eq!(abandoned[0].sender(), Some("order 7"));
        assert_eq!(abandoned[1].receivers()[0].name(), "receipt");
    });
}

#[test]
fn failures_are_reported_and_do_not_stop_other_receivers() {
    in_scope(|log| {
        let transaction = Transaction::new();
        transaction.run(|| pay_to(1, "refused"));
        transaction.run(|| pay(2));
        let report = transaction.commit();
        assert_eq!(log.take().len(), 6);
        assert_eq!((report.delivered(), report.failures().len()), (3, 1));
        let failure = &report.failures()[0];
        assert_eq!(failure.receiver().name(), "receipt");
        assert_eq!(failure.sender(), Some("order 1"));

        let transaction = Transaction::new();
        transaction.run(|| pay_to(3, "refused"));
        assert_eq!(transaction.rollback().failures().len(), 1);
    });
}

#[test]
fn a_vetoed_dispatch_leaves_nothing_pending() {
    in_scope(|log| {
        let transaction = Transaction::new();
        let order = &Order { number: 1 };
        let vetoed = transaction.run(|| OrderPaid { order, email: "" }.try_send());
        assert!(vetoed.is_err());
        assert!(transaction.commit().is_ok());
        assert_eq!(log.take(), ["audit 1"]);
    });
}

#[test]
fn pending_receivers_get_the_signal_as_it_was_sent() {
    in_scope(|log| {
        let transaction = Transaction::new();
        let order = &mut Order { number: 1 };
        transaction.run(|| {
            let email = &String::from("ada");
            OrderPaid { order, email }.send();
        });
        order.number = 2;
        transaction.commit();
        assert_eq!(order.number, 2);
        assert_eq!(log.take()[1..], committed(1));
    });
}

#[test]
fn pending_receivers_run_in_the_scope_in_which_the_signal_was_sent() {
    in_scope(|outer| {
        let transaction = Transaction::new();
        transaction.run(|| {
            pay(1);
            in_scope(|_| drop(pay(2)));
            Scope::new().mute(points).run(|| {
                let report = pay(3);
                assert_eq!((report.deferred(), report.skipped()), (1, 1));
            });
        });
        outer.take();
        // The scope of the commit does not apply to them.
        in_scope(|inner| {
            assert_eq!(transaction.commit().delivered(), 5);
            assert!(inner.take().is_empty());
        });
        let mut expected = committed(1).to_vec();
        expected.push("receipt 3 to ada".to_owned());
        assert_eq!(outer.take(), expected);
    });
}

#[test]
fn an_after_commit_receiver_sends_outside_the_transaction() {
    #[signal(owned)]
    struct Started;

    #[signal(owned)]
    struct GoesOn;

    #[receiver(signal = Started, after_commit)]
    fn go_on(_: &Started) {
        assert_eq!(GoesOn.send().delivered(), 1);
    }

    #[receiver(signal = GoesOn, after_commit)]
    fn finish(_: &GoesOn) {}

    let transaction = Transaction::new();
    transaction.run(|| Started.send());
    assert!(transaction.commit().is_ok());

    // The same holds inside another transaction, which is independent.
    let (one, other) = (Transaction::new(), Transaction::new());
    one.run(|| Started.send());
    other.run(|| assert_eq!(one.commit().delivered(), 1));
    assert_eq!(other.commit().delivered(), 0);
}

#[test]
fn a_transaction_may_end_on_another_thread() {
    in_scope(|log| {
        let transaction = Transaction::new();
        transaction.run(|| pay(1));
        log.take();
        let ended = thread::spawn(move || transaction.commit()).join();
        assert_eq!(ended.unwrap().delivered(), 2);
        assert_eq!(log.take(), committed(1));
    });
}

#[test]
fn a_dispatch_makes_one_owned_copy_and_only_if_a_receiver_needs_it() {
    struct Counted<'a>(&'a Mutex<u32>);

    impl ToOwned for Counted<'static> {
        type Owned = Self;

        fn to_owned(&self) -> Self {
            *self.0.lock().unwrap() += 1;
            Self(self.0)
        }
    }

    #[signal(owned)]
    struct Sent<'a> {
        payload: &'a Counted<'static>,
    }

    #[receiver(signal = Sent)]
    fn now(event: &Sent<'_>) {
        let _ = event.payload;
    }

    #[receiver(signal = Sent, after_commit)]
    fn later(_: &Sent<'_>) {}

    #[receiver(signal = Sent, after_rollback)]
    fn never(_: &Sent<'_>) {}

    static COPIES: Mutex<u32> = Mutex::new(0);

    let event = Sent {
        payload: &Counted(&COPIES),
    };
    let copies = || *COPIES.lock().unwrap();
    event.send();
    assert_eq!(copies(), 0);
    let transaction = Transaction::new();
    let muted = Scope::new().mute_signal::<Sent<'_>>();
    transaction.run(|| muted.run(|| event.send()));
    assert_eq!(copies(), 0);
    transaction.run(|| event.send());
    assert_eq!(copies(), 1);
    transaction.commit();
    assert_eq!(copies(), 1);
}

#[test]
fn a_panic_rolls_back_and_unwinds_to_the_caller() {
    in_scope(|log| {
        let transaction = Transaction::new();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            transaction.run(|| {
                pay(1);
                panic!("on purpose");
            });
        }));
        assert_eq!(panicked.unwrap_err().downcast_ref(), Some(&"on purpose"));
        assert_eq!(log.take(), ["audit 1", "apologise 1"]);
        assert!(!transaction.is_open());
        // Nothing is left to commit, and a signal sent in the transaction now is rolled back at once.
        let report = transaction.run(|| pay(2));
        assert_eq!((report.delivered(), report.deferred()), (2, 0));
        assert_eq!(log.take(), ["audit 2", "apologise 2"]);
        assert_eq!(transaction.commit().delivered(), 0);
        assert!(log.take().is_empty());
    });
}

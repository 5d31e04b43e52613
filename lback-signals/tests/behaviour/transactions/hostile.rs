//! User code that tries to hang, to end the process or to affect other code.

use std::fmt::{self, Write};
use std::mem::ManuallyDrop;

use lback_signals::FailureKind;

use super::*;

#[test]
fn a_clone_that_panics_is_a_failure_of_each_pending_receiver() {
    struct PanicsWhenCloned;

    impl Clone for PanicsWhenCloned {
        fn clone(&self) -> Self {
            panic!("on purpose");
        }
    }

    #[signal(owned)]
    struct Sent<'a> {
        payload: &'a PanicsWhenCloned,
    }

    #[receiver(signal = Sent)]
    fn now(event: &Sent<'_>) {
        let _ = event.payload;
    }

    #[receiver(signal = Sent, after_commit)]
    fn later(_: &Sent<'_>) {}

    #[receiver(signal = Sent, after_commit)]
    fn later_too(_: &Sent<'_>) {}

    let event = Sent {
        payload: &PanicsWhenCloned,
    };
    assert_eq!(event.send().delivered(), 3);
    let transaction = Transaction::new();
    let report = transaction.run(|| event.send());
    assert_eq!((report.delivered(), report.deferred()), (1, 0));
    let failed: Vec<_> = report
        .failures()
        .iter()
        .map(|f| f.receiver().name())
        .collect();
    assert_eq!(failed, ["later", "later_too"]);
    assert!(transaction.run(|| event.try_send()).is_ok());
    assert_eq!(transaction.commit().delivered(), 0);
}

#[test]
fn values_that_panic_when_dropped_do_not_unwind_into_the_commit() {
    #[derive(Clone)]
    struct PanicsWhenDropped(Option<&'static str>);

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            assert!(self.0.is_none(), "on purpose");
        }
    }

    #[signal(owned)]
    struct Sent<'a> {
        bomb: &'a PanicsWhenDropped,
    }

    #[receiver(signal = Sent, after_commit)]
    fn later(event: &Sent<'_>, bomb: Res<'_, PanicsWhenDropped>) {
        assert!(event.bomb.0.is_some() && bomb.0.is_some());
    }

    // Dropping these here has no effect.
    let bomb = ManuallyDrop::new(PanicsWhenDropped(Some("tick")));
    for end in [Transaction::commit, Transaction::rollback] {
        let transaction = Transaction::new();
        let scope = Scope::new().provide(PanicsWhenDropped(Some("tock")));
        transaction.run(|| scope.run(|| Sent { bomb: &bomb }.send()));
        drop(scope);
        let report = end(transaction);
        assert!(report.is_ok(), "{report:?}");
    }
    let transaction = Transaction::new();
    let scope = Scope::new().provide(PanicsWhenDropped(Some("tock")));
    transaction.run(|| scope.run(|| Sent { bomb: &bomb }.send()));
    drop(scope);
    assert_eq!(transaction.abandon().len(), 1);
}

#[test]
fn a_clone_that_sends_endlessly_is_stopped() {
    struct SendsEndlessly;

    impl Clone for SendsEndlessly {
        fn clone(&self) -> Self {
            Sent {
                payload: SendsEndlessly,
            }
            .send();
            Self
        }
    }

    #[signal(owned)]
    struct Sent {
        payload: SendsEndlessly,
    }

    #[receiver(signal = Sent, after_commit)]
    fn later(event: &Sent) {
        let _ = &event.payload;
    }

    let transaction = Transaction::new();
    let report = transaction.run(|| {
        Sent {
            payload: SendsEndlessly,
        }
        .send()
    });
    let [failure] = report.failures() else {
        panic!("{report:?}");
    };
    assert!(matches!(failure.kind(), FailureKind::Recursion(_)));
    assert_eq!(report.deferred(), 0);
    transaction.abandon();
    in_scope(|_| assert!(pay(1).is_ok()));
}

#[test]
fn a_copy_that_sends_without_end_when_dropped_is_stopped() {
    /// Its copies begin a transaction, send in it and end it.
    struct Sends {
        end: fn(Transaction),
        is_copy: bool,
    }

    impl Clone for Sends {
        fn clone(&self) -> Self {
            let is_copy = true;
            Self { is_copy, ..*self }
        }
    }

    impl Drop for Sends {
        fn drop(&mut self) {
            if self.is_copy {
                send_and_end(self.end);
            }
        }
    }

    #[signal(owned)]
    struct Sent<'a> {
        payload: &'a Sends,
    }

    #[receiver(signal = Sent, after_commit)]
    fn later(event: &Sent<'_>) {
        assert!(event.payload.is_copy);
    }

    fn send_and_end(end: fn(Transaction)) {
        let is_copy = false;
        let payload = &Sends { end, is_copy };
        let transaction = Transaction::new();
        transaction.run(|| Sent { payload }.send());
        end(transaction);
    }

    send_and_end(|transaction| drop(transaction.commit()));
    send_and_end(|transaction| drop(transaction.rollback()));
    send_and_end(|transaction| drop(transaction.abandon()));
    in_scope(|_| assert!(pay(1).is_ok()));
}

#[test]
fn a_copy_that_panics_when_dropped_is_delivered() {
    #[derive(Clone)]
    struct PanicsWhenDropped;

    impl Drop for PanicsWhenDropped {
        fn drop(&mut self) {
            panic!("on purpose");
        }
    }

    #[signal(owned)]
    struct Sent {
        one: PanicsWhenDropped,
        other: ManuallyDrop<PanicsWhenDropped>,
    }

    #[receiver(signal = Sent, after_commit)]
    fn later(event: &Sent) {
        let _ = (&event.one, &event.other);
    }

    let transaction = Transaction::new();
    let event = ManuallyDrop::new(Sent {
        one: PanicsWhenDropped,
        other: ManuallyDrop::new(PanicsWhenDropped),
    });
    transaction.run(|| event.send());
    let report = transaction.commit();
    assert_eq!((report.delivered(), report.failures().len()), (1, 0));
}

#[test]
fn formatting_a_transaction_may_send_in_it() {
    struct SendsWhenWritten;

    impl Write for SendsWhenWritten {
        fn write_str(&mut self, _: &str) -> fmt::Result {
            pay(1);
            Ok(())
        }
    }

    in_scope(|_| {
        let transaction = Transaction::new();
        transaction.run(|| write!(SendsWhenWritten, "{transaction:?}").unwrap());
        assert!(transaction.commit().delivered() > 0);
    });
}

#[test]
fn a_long_chain_of_transactions_ends_without_stack_overflow() {
    in_scope(|log| {
        let mut open: Vec<Transaction> = vec![Transaction::new()];
        for _ in 0..100_000 {
            let next = open.last().unwrap().run(Transaction::new);
            open.push(next);
        }
        let innermost = open.pop().unwrap();
        innermost.run(|| pay(1));
        log.take();
        // From the outermost inwards, so that the last commit passes through all of them.
        for transaction in open {
            transaction.commit();
        }
        assert_eq!(innermost.commit().delivered(), 2);
    });
}

#[test]
fn a_transaction_begun_inside_an_ended_one_is_independent() {
    in_scope(|log| {
        let first = Transaction::new();
        let mut here = first.run(Scope::current);
        first.rollback();
        for number in 1..=3 {
            here = here.enter(|| {
                let transaction = Transaction::new();
                transaction.run(|| pay(number));
                let inside = transaction.run(Scope::current);
                assert_eq!(transaction.commit().delivered(), 2);
                inside
            });
        }
        assert_eq!(log.take().len(), 9);
    });
}

#[test]
fn a_transaction_begun_in_an_ended_savepoint_is_nested_in_the_outer_one() {
    in_scope(|_| {
        let outer = Transaction::new();
        let savepoint = outer.run(Transaction::new);
        let inside = savepoint.run(Scope::current);
        savepoint.rollback();
        let inner = inside.enter(Transaction::new);
        inner.run(|| pay(1));
        assert_eq!(inner.commit().deferred(), 2);
        assert_eq!(outer.commit().delivered(), 2);
    });
}

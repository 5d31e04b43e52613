//! Nested transactions.

use std::future::ready;
use std::io;

use lback_signals::durable::EnqueueError;
use lback_signals::{CommitError, Report, Scope, Signal, Transaction};

use super::{Paid, not_enqueued, numbers};

fn send(number: u32) -> Report {
    Paid::number(number).send()
}

/// Sends a signal that cannot be encoded in the limits.
fn poison() -> Report {
    let email = &"a".repeat(1 << 20);
    Paid { number: 0, email }.send()
}

fn is_too_large<T>(result: &Result<T, EnqueueError>) -> bool {
    matches!(result, Err(EnqueueError::PayloadTooLarge { .. }))
}

#[test]
fn a_nested_commit_hands_the_deliveries_to_the_outer_transaction() {
    let outer = Transaction::new();
    outer.run(|| {
        send(1);
        let inner = Transaction::new();
        inner.run(|| {
            send(2);
            let innermost = Transaction::new();
            innermost.run(|| send(3));
            assert_eq!(innermost.commit().deferred(), 2);
        });
        // The savepoint of the database is released: it is not refused.
        let report = pollster::block_on(inner.commit_with(ready(io::Result::Ok(()))));
        assert_eq!(report.unwrap().deferred(), 4);
        send(4);
        let inner = Transaction::new();
        inner.run(|| send(5));
        assert_eq!(
            inner
                .commit_after(|| io::Result::Ok(()))
                .unwrap()
                .deferred(),
            2
        );
    });
    assert_eq!(numbers(&outer), [1, 2, 3, 4, 5]);
    assert!(outer.commit().is_ok());
}

#[test]
fn a_nested_rollback_discards_only_its_deliveries() {
    let outer = Transaction::new();
    outer.run(|| {
        send(1);
        let inner = Transaction::new();
        inner.run(|| {
            send(2);
            let innermost = Transaction::new();
            innermost.run(|| send(3));
            innermost.commit();
        });
        assert!(inner.rollback().is_ok());
        let dropped = Transaction::new();
        dropped.run(|| send(4));
        drop(dropped);
        let failed = Transaction::new();
        failed.run(|| send(5));
        let failed = failed.commit_after(|| io::Result::<()>::Err(io::ErrorKind::Other.into()));
        assert!(matches!(failed, Err(CommitError::Database(_))));
        send(6);
    });
    assert_eq!(numbers(&outer), [1, 6]);
}

#[test]
fn a_nested_rollback_discards_its_poison() {
    let outer = Transaction::new();
    outer.run(|| {
        send(1);
        let inner = Transaction::new();
        inner.run(|| {
            send(2);
            poison();
        });
        assert!(is_too_large(&inner.take_deliveries()));
        inner.rollback();
        assert!(send(3).is_ok());
    });
    assert_eq!(numbers(&outer), [1, 3]);
}

#[test]
fn a_nested_commit_poisons_the_outer_transaction() {
    let outer = Transaction::new();
    outer.run(|| {
        send(1);
        let inner = Transaction::new();
        inner.run(poison);
        inner.commit();
        assert!(!send(2).is_ok());
    });
    assert!(is_too_large(&outer.take_deliveries()));
    let committed = outer.commit_after(|| -> io::Result<()> { unreachable!("it is refused") });
    assert!(matches!(committed, Err(CommitError::NotEnqueued(_))));
}

#[test]
fn a_nested_transaction_may_write_its_own_deliveries() {
    let outer = Transaction::new();
    outer.run(|| {
        send(1);
        let inner = Transaction::new();
        inner.run(|| send(2));
        assert_eq!(numbers(&inner), [2]);
        assert_eq!(inner.commit().deferred(), 0);
    });
    assert_eq!(numbers(&outer), [1]);
}

#[test]
fn a_nested_transaction_outlives_the_outer_one() {
    // Its deliveries would be lost, so it is refused like an outermost one.
    let outer = Transaction::new();
    let inner = outer.run(Transaction::new);
    inner.run(|| send(1));
    outer.commit();
    let committed = inner.commit_after(|| -> io::Result<()> { unreachable!("it is refused") });
    assert!(matches!(
        committed,
        Err(CommitError::NotEnqueued(EnqueueError::NotWritten { .. }))
    ));

    let outer = Transaction::new();
    let inner = outer.run(Transaction::new);
    inner.run(|| send(1));
    outer.commit();
    assert_eq!(not_enqueued(&inner.commit()).0, ["book", "receipt"]);

    let outer = Transaction::new();
    let inner = outer.run(Transaction::new);
    inner.run(|| send(1));
    outer.rollback();
    let report = inner.commit();
    assert!(report.is_ok());
    assert_eq!(report.deferred(), 0);
}

#[test]
fn another_thread_sends_in_the_transaction() {
    let outer = Transaction::new();
    let here = outer.run(|| {
        send(1);
        Scope::current()
    });
    let thread = std::thread::spawn(move || {
        here.enter(|| {
            let inner = Transaction::new();
            inner.run(|| send(2));
            inner.commit();
            send(3)
        })
    });
    assert!(thread.join().unwrap().is_ok());
    assert_eq!(numbers(&outer), [1, 2, 3]);
}

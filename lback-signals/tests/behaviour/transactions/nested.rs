//! Nested transactions.

use super::*;

#[test]
fn a_nested_commit_passes_its_pending_receivers_to_the_outer_transaction() {
    in_scope(|log| {
        let outer = Transaction::new();
        outer.run(|| {
            pay(1);
            let inner = Transaction::new();
            inner.run(|| pay(2));
            let report = inner.commit();
            assert_eq!((report.delivered(), report.deferred()), (0, 2));
            pay(3);
        });
        assert_eq!(log.take(), ["audit 1", "audit 2", "audit 3"]);
        outer.commit();
        assert_eq!(
            log.take(),
            [committed(1), committed(2), committed(3)].concat()
        );
    });
}

#[test]
fn a_nested_rollback_discards_only_its_own_pending_receivers() {
    in_scope(|log| {
        let outer = Transaction::new();
        outer.run(|| {
            pay(1);
            let inner = Transaction::new();
            inner.run(|| pay(2));
            inner.rollback();
        });
        assert_eq!(log.take(), ["audit 1", "audit 2", "apologise 2"]);
        outer.commit();
        assert_eq!(log.take(), committed(1));
    });
}

#[test]
fn an_outer_rollback_rolls_back_committed_nested_transactions() {
    in_scope(|log| {
        let outer = Transaction::new();
        outer.run(|| {
            pay(1);
            let inner = Transaction::new();
            inner.run(|| pay(2));
            inner.commit();
        });
        log.take();
        assert_eq!(outer.rollback().delivered(), 2);
        assert_eq!(log.take(), ["apologise 1", "apologise 2"]);
    });
}

type End = (fn(Transaction), &'static [&'static str]);

/// The ends of a transaction, and the receivers that run for each.
const ENDS: [End; 3] = [
    (
        |transaction| drop(transaction.commit()),
        &["receipt 1 to ada", "points 1"],
    ),
    (|transaction| drop(transaction.rollback()), &["apologise 1"]),
    (|transaction| drop(transaction.abandon()), &[]),
];

#[test]
fn a_nested_transaction_that_outlives_the_outer_one_takes_its_outcome() {
    for (end, expected) in ENDS {
        in_scope(|log| {
            let outer = Transaction::new();
            let inner = outer.run(Transaction::new);
            inner.run(|| pay(1));
            end(outer);
            assert_eq!(log.take(), ["audit 1"]);
            inner.commit();
            assert_eq!(log.take(), expected);
        });
    }
}

#[test]
fn a_signal_sent_after_the_end_takes_the_outcome_at_once() {
    for (end, expected) in ENDS {
        in_scope(|log| {
            let transaction = Transaction::new();
            let inside = transaction.run(Scope::current);
            end(transaction);
            let report = inside.enter(|| pay(1));
            assert_eq!(log.take()[1..], *expected);
            assert_eq!(report.delivered(), 1 + expected.len());
            assert_eq!(report.deferred(), 0);
        });
    }
}

#[test]
fn a_signal_sent_by_a_nested_rollback_belongs_to_the_outer_transaction() {
    #[signal(owned)]
    struct Tried;

    #[signal(owned)]
    struct TriedInVain;

    #[receiver(signal = Tried, after_rollback)]
    fn tell(_: &Tried) {
        assert_eq!(TriedInVain.send().deferred(), 1);
    }

    #[receiver(signal = TriedInVain, after_commit)]
    fn count(_: &TriedInVain) {}

    let outer = Transaction::new();
    outer.run(|| {
        let savepoint = Transaction::new();
        savepoint.run(|| Tried.send());
        assert_eq!(savepoint.rollback().delivered(), 1);
    });
    assert_eq!(outer.commit().delivered(), 1);
}

//! Sends in transactions that have ended, and abandoned ones.

use std::future::pending;
use std::io;
use std::pin::pin;
use std::task::{Context, Poll, Waker};

use lback_signals::durable::EnqueueError;
use lback_signals::{CommitOutcome, CurrentScope, Report, Scope, Signal, Transaction};

use super::{Order, Paid, Placed, logged, not_enqueued, numbers};

/// Returns a transaction, and the context in it.
fn transaction() -> (Transaction, CurrentScope) {
    let transaction = Transaction::new();
    let here = transaction.run(Scope::current);
    (transaction, here)
}

fn send_in(here: &CurrentScope) -> Report {
    here.enter(|| Paid::number(1).send())
}

#[test]
fn after_the_commit_there_is_no_transaction() {
    let (transaction, here) = transaction();
    transaction.commit();
    let outside = EnqueueError::OutsideTransaction {
        signal: "sending.paid",
    };
    let failed = (vec!["book", "receipt"], Some(outside));
    assert_eq!(not_enqueued(&send_in(&here)), failed);
}

#[test]
fn after_a_nested_commit_the_outer_transaction_gets_it() {
    let outer = Transaction::new();
    let here = outer.run(|| {
        let (inner, here) = transaction();
        inner.commit();
        here
    });
    assert_eq!(send_in(&here).deferred(), 2);
    assert_eq!(numbers(&outer), [1]);
    outer.commit();
    assert_eq!(not_enqueued(&send_in(&here)).0, ["book", "receipt"]);
}

#[test]
fn after_a_rollback_it_is_discarded() {
    let outer = Transaction::new();
    let (scope, log) = logged();
    scope.run(|| {
        let (inner, here) = outer.run(transaction);
        inner.rollback();
        let report = send_in(&here);
        assert!(report.is_ok());
        assert_eq!(report.deferred(), 0);
        assert_eq!(log.take(), ["apologise 1"]);
        // A poison does not, either.
        let email = &"a".repeat(1 << 20);
        assert!(here.enter(|| Paid { number: 1, email }.send()).is_ok());
    });
    assert!(numbers(&outer).is_empty());
}

#[test]
fn after_an_abandonment_it_is_discarded() {
    let (transaction, here) = transaction();
    transaction.abandon();
    let report = send_in(&here);
    assert!(report.is_ok());
    assert_eq!(report.deferred(), 0);
}

#[test]
fn an_abandoned_transaction_names_its_deliveries() {
    let order = Order { number: 7 };
    let (transaction, _) = transaction();
    transaction.run(|| {
        Paid::number(1).send();
        Placed { order: &order }.send();
    });
    let abandoned = transaction.abandon();
    let named: Vec<_> = abandoned
        .iter()
        .map(|signal| {
            let receivers = signal.receivers().iter();
            let receivers: Vec<_> = receivers.map(|receiver| receiver.name()).collect();
            (signal.signal().name(), signal.sender(), receivers)
        })
        .collect();
    assert_eq!(
        named,
        [
            ("paid", None, vec!["apologise", "book", "receipt"]),
            ("placed", Some("order 7"), vec!["greets", "packs"]),
        ]
    );
}

#[test]
fn an_abandoned_transaction_does_not_name_what_an_outbox_has_taken() {
    let (transaction, _) = transaction();
    transaction.run(|| Paid::number(1).send());
    numbers(&transaction);
    let abandoned = transaction.abandon();
    let receivers: Vec<_> = abandoned[0]
        .receivers()
        .iter()
        .map(|it| it.name())
        .collect();
    assert_eq!(receivers, ["apologise"]);
}

#[test]
fn the_sender_of_an_abandoned_signal_is_read_from_its_payload() {
    let order = Order { number: 7 };
    let (transaction, _) = transaction();
    let scope = Scope::new().mute(super::greets);
    transaction.run(|| scope.run(|| Placed { order: &order }.send()));
    let abandoned = transaction.abandon();
    assert_eq!(abandoned.len(), 1);
    assert!(
        abandoned[0]
            .to_string()
            .starts_with("placed (order 7) for ")
    );
}

#[test]
fn a_commit_that_is_dropped_at_any_poll_leaves_no_delivery() {
    for polls in 0..2 {
        let (transaction, here) = transaction();
        transaction.run(|| Paid::number(1).send());
        numbers(&transaction);
        {
            let commit = transaction.commit_with(pending::<io::Result<()>>());
            let mut commit = pin!(commit);
            for _ in 0..polls {
                let mut task = Context::from_waker(Waker::noop());
                assert!(matches!(commit.as_mut().poll(&mut task), Poll::Pending));
            }
        }
        // Abandoned.
        assert!(send_in(&here).is_ok());
    }
}

#[test]
fn an_unknown_outcome_abandons_what_was_sent_during_the_commit() {
    let (transaction, here) = transaction();
    let unknown = transaction.commit_with(async {
        send_in(&here);
        CommitOutcome::Unknown(io::Error::from(io::ErrorKind::TimedOut))
    });
    assert!(pollster::block_on(unknown).is_err());
    assert!(send_in(&here).is_ok());
}

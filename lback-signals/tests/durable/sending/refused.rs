//! Transactions that do not ask their database to commit, or commit without it.

use std::cell::Cell;
use std::future::ready;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use lback_signals::durable::{EnqueueError, MemoryOutbox, OutboxError};
use lback_signals::{CommitError, CommitOutcome, Report, Signal, Transaction};

use super::{Order, Paid, Placed, logged, not_enqueued, numbers};

const NOT_WRITTEN: EnqueueError = EnqueueError::NotWritten {
    signal: "sending.paid",
};

const TOO_LARGE: EnqueueError = EnqueueError::PayloadTooLarge {
    signal: "sending.paid",
    limit: 1 << 20,
};

/// Sends a signal whose payload is too large.
fn send_too_large() -> Report {
    let email = &"a".repeat(1 << 20);
    Paid { number: 0, email }.send()
}

fn holding() -> Transaction {
    let transaction = Transaction::new();
    transaction.run(|| Paid::number(1).send());
    transaction
}

fn poisoned() -> Transaction {
    let transaction = Transaction::new();
    transaction.run(send_too_large);
    transaction
}

fn refusal(committed: Result<Report, CommitError<io::Error>>) -> EnqueueError {
    match committed {
        Err(CommitError::NotEnqueued(error)) => error,
        other => panic!("{other:?}"),
    }
}

/// Commits, and returns why not. The database must not be asked.
fn commit_with(transaction: Transaction) -> EnqueueError {
    let asked = Cell::new(false);
    let commit = async {
        asked.set(true);
        io::Result::Ok(())
    };
    let error = refusal(pollster::block_on(transaction.commit_with(commit)));
    assert!(!asked.get());
    error
}

fn commit_after(transaction: Transaction) -> EnqueueError {
    let commit = || -> io::Result<()> { unreachable!("the database is not asked") };
    refusal(transaction.commit_after(commit))
}

#[test]
fn deliveries_that_no_outbox_has_taken_refuse_the_commit() {
    assert_eq!(commit_with(holding()), NOT_WRITTEN);
    assert_eq!(commit_after(holding()), NOT_WRITTEN);
}

#[test]
fn a_poison_refuses_the_commit() {
    assert_eq!(commit_with(poisoned()), TOO_LARGE);
    assert_eq!(commit_after(poisoned()), TOO_LARGE);

    let transaction = holding();
    transaction.run(send_too_large);
    assert_eq!(transaction.take_deliveries(), Err(TOO_LARGE));
    assert_eq!(commit_after(transaction), TOO_LARGE);
}

#[test]
fn a_send_that_poisons_and_those_after_it_fail() {
    let transaction = Transaction::new();
    let report = transaction.run(send_too_large);
    let failed = (vec!["book", "receipt"], Some(TOO_LARGE));
    assert_eq!(not_enqueued(&report), failed);
    assert_eq!((report.delivered(), report.deferred()), (1, 0));
    let report = transaction.run(|| Paid::number(1).send());
    assert_eq!(not_enqueued(&report), failed);
    assert_eq!((report.delivered(), report.deferred()), (1, 0));
}

#[test]
fn a_refused_transaction_is_rolled_back_after_its_database() {
    let (scope, log) = logged();
    scope.run(|| {
        struct Rows<'l>(&'l super::Log);

        impl Drop for Rows<'_> {
            fn drop(&mut self) {
                self.0.write("the database");
            }
        }

        let rows = Rows(&log);
        let transaction = holding();
        let commit = async move {
            drop(rows);
            io::Result::Ok(())
        };
        let committed = pollster::block_on(transaction.commit_with(commit));
        assert_eq!(refusal(committed), NOT_WRITTEN);
        assert_eq!(log.take(), ["the database", "apologise 1"]);

        let rows = Rows(&log);
        let committed = holding().commit_after(move || {
            drop(rows);
            io::Result::Ok(())
        });
        assert_eq!(refusal(committed), NOT_WRITTEN);
        assert_eq!(log.take(), ["the database", "apologise 1"]);
    });
}

#[test]
fn a_transaction_whose_deliveries_were_taken_commits() {
    let transaction = holding();
    assert_eq!(numbers(&transaction), [1]);
    let committed = pollster::block_on(transaction.commit_with(ready(io::Result::Ok(()))));
    assert!(committed.unwrap().is_ok());

    // One more is sent after the outbox has taken them.
    let transaction = holding();
    assert_eq!(numbers(&transaction), [1]);
    transaction.run(|| Paid::number(2).send());
    assert_eq!(commit_with(transaction), NOT_WRITTEN);
}

#[test]
fn a_send_during_the_commit_of_the_database_fails() {
    let transaction = holding();
    assert_eq!(numbers(&transaction), [1]);
    let here = transaction.run(lback_signals::Scope::current);
    let commit = async {
        assert!(here.enter(|| Paid::number(2).send()).is_ok());
        io::Result::Ok(())
    };
    let report = pollster::block_on(transaction.commit_with(commit)).unwrap();
    let failed = (vec!["book", "receipt"], Some(NOT_WRITTEN));
    assert_eq!(not_enqueued(&report), failed);
}

#[test]
fn a_commit_without_a_database_reports_what_it_loses() {
    let report = holding().commit();
    let failed = (vec!["book", "receipt"], Some(NOT_WRITTEN));
    assert_eq!(not_enqueued(&report), failed);
    assert_eq!((report.delivered(), report.deferred()), (0, 0));

    // Each signal fails: the one before the poison, and the poison.
    let transaction = holding();
    transaction.run(send_too_large);
    let report = transaction.commit();
    let (receivers, error) = not_enqueued(&report);
    assert_eq!(receivers, ["book", "receipt", "book", "receipt"]);
    assert_eq!(error, Some(TOO_LARGE));

    let order = Order { number: 7 };
    let transaction = Transaction::new();
    transaction.run(|| Placed { order: &order }.send());
    let report = transaction.commit();
    assert_eq!(report.delivered(), 1);
    assert_eq!(report.failures()[0].receiver().name(), "packs");
    assert_eq!(report.failures()[0].sender(), Some("order 7"));
}

#[test]
fn a_panic_that_was_caught_refuses_the_commit() {
    let panicked = || {
        let transaction = Transaction::new();
        let run = || {
            transaction.run(|| {
                Paid::number(1).send();
                panic!("on purpose");
            });
        };
        assert!(catch_unwind(AssertUnwindSafe(run)).is_err());
        assert!(!transaction.is_open());
        transaction
    };
    let rolled_back = EnqueueError::RolledBack {
        signal: "sending.paid",
    };
    assert_eq!(panicked().take_deliveries(), Err(rolled_back.clone()));
    assert_eq!(commit_after(panicked()), rolled_back);
    assert_eq!(commit_with(panicked()), rolled_back);
}

#[test]
fn a_database_that_fails_discards_the_deliveries() {
    let lost = || io::Error::from(io::ErrorKind::ConnectionReset);
    for outcome in [
        CommitOutcome::RolledBack(lost()),
        CommitOutcome::Unknown(lost()),
    ] {
        let transaction = holding();
        numbers(&transaction);
        let committed = pollster::block_on(transaction.commit_with(ready(outcome)));
        let Err(CommitError::Database(error)) = committed else {
            panic!("{committed:?}");
        };
        assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    }
}

#[test]
fn a_commit_in_memory_tells_that_a_panic_has_discarded_deliveries() {
    let transaction = MemoryOutbox::new().begin();
    let send = || {
        let _ = Paid::number(1).send();
        panic!("no stock");
    };
    catch_unwind(AssertUnwindSafe(|| transaction.run(send))).unwrap_err();
    let error = transaction.commit().unwrap_err();
    assert!(
        matches!(
            error,
            OutboxError::Enqueue(EnqueueError::RolledBack {
                signal: "sending.paid"
            })
        ),
        "{error:?}"
    );
}

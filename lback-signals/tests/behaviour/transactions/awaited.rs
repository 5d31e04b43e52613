//! Scopes and transactions of tasks, and awaited commits of a database.

use std::future::{Future, pending, ready};
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use lback_signals::{
    CommitError, CommitOutcome, Report, Res, Scope, Signal, Transaction, receiver, signal,
};

use super::Log;

#[signal(owned)]
struct Paid;

#[receiver(signal = Paid, after_commit)]
fn commits(_: &Paid, log: Res<'_, Log>) {
    log.write("committed");
}

#[receiver(signal = Paid, after_rollback)]
fn rolls_back(_: &Paid, log: Res<'_, Log>) {
    log.write("rolled back");
}

fn in_scope(test: impl AsyncFnOnce(&Log)) {
    let log = Arc::new(Log::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&log));
    pollster::block_on(scope.run_async(test(&log)));
}

/// Ready at the second poll.
async fn yield_now() {
    let mut is_ready = false;
    std::future::poll_fn(|context| {
        context.waker().wake_by_ref();
        if std::mem::replace(&mut is_ready, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

fn poll_once<F: Future>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

fn pending_transaction() -> Transaction {
    let transaction = Transaction::new();
    assert_eq!(transaction.run(|| Paid.send()).deferred(), 1);
    transaction
}

type DatabaseResult = io::Result<()>;

fn fail() -> DatabaseResult {
    panic!("on purpose")
}

fn lost() -> io::Error {
    ErrorKind::ConnectionReset.into()
}

#[test]
fn after_commit_receivers_run_after_the_database_commit() {
    in_scope(async |log| {
        let transaction = pending_transaction();
        let report = transaction
            .commit_with(async {
                yield_now().await;
                assert!(log.take().is_empty());
                DatabaseResult::Ok(())
            })
            .await;
        assert_eq!(report.unwrap().delivered(), 1);
        assert_eq!(log.take(), ["committed"]);
    });
}

#[test]
fn a_refused_database_commit_rolls_back() {
    in_scope(async |log| {
        let refused = pending_transaction()
            .commit_with(ready(DatabaseResult::Err(lost())))
            .await;
        let Err(CommitError::Database(error)) = refused else {
            panic!("the database refused");
        };
        assert_eq!(error.kind(), ErrorKind::ConnectionReset);
        assert_eq!(log.take(), ["rolled back"]);
    });
}

#[test]
fn an_unknown_outcome_of_the_database_runs_no_receiver() {
    in_scope(async |log| {
        let unknown = pending_transaction().commit_with(ready(CommitOutcome::Unknown(lost())));
        assert!(unknown.await.is_err());
        let refused = pending_transaction().commit_with(ready(CommitOutcome::RolledBack(lost())));
        assert!(refused.await.is_err());
        assert_eq!(log.take(), ["rolled back"]);
        let committed =
            pending_transaction().commit_with(ready(CommitOutcome::<io::Error>::Committed));
        assert!(committed.await.is_ok());
        assert_eq!(log.take(), ["committed"]);
    });
}

#[test]
fn a_commit_that_is_dropped_or_panics_half_way_runs_no_receiver() {
    in_scope(async |log| {
        let mut commit = Box::pin(pending_transaction().commit_with(pending::<DatabaseResult>()));
        assert!(poll_once(commit.as_mut()).is_pending());
        drop(commit);
        assert!(log.take().is_empty());

        let panics = pending_transaction().commit_with(async {
            yield_now().await;
            fail()
        });
        let mut panics = pin!(panics);
        assert!(poll_once(panics.as_mut()).is_pending());
        assert!(catch_unwind(AssertUnwindSafe(|| poll_once(panics.as_mut()))).is_err());
        assert!(log.take().is_empty());
    });
}

#[test]
fn a_commit_that_is_dropped_before_its_first_poll_runs_no_receiver() {
    in_scope(async |log| {
        // The database may have begun to commit, so the outcome is unknown.
        drop(pending_transaction().commit_with(ready(DatabaseResult::Ok(()))));
        assert!(log.take().is_empty());
    });
}

#[test]
fn commit_after_waits_for_a_blocking_database() {
    in_scope(async |log| {
        let committed = pending_transaction().commit_after(|| {
            assert!(log.take().is_empty());
            DatabaseResult::Ok(())
        });
        assert_eq!(committed.unwrap().delivered(), 1);
        assert_eq!(log.take(), ["committed"]);

        assert!(
            pending_transaction()
                .commit_after(|| DatabaseResult::Err(lost()))
                .is_err()
        );
        assert_eq!(log.take(), ["rolled back"]);
        assert!(
            pending_transaction()
                .commit_after(|| CommitOutcome::Unknown(lost()))
                .is_err()
        );
        let panics = || pending_transaction().commit_after(fail);
        assert!(catch_unwind(AssertUnwindSafe(panics)).is_err());
        assert!(log.take().is_empty());
    });
}

#[test]
fn a_task_is_in_its_transaction_across_awaits_and_other_code_is_not() {
    in_scope(async |log| {
        let transaction = Transaction::new();
        let inside = async {
            assert_eq!(Paid.send().deferred(), 1);
            yield_now().await;
            assert_eq!(Paid.send().deferred(), 1);
        };
        let mut inside = pin!(transaction.run_async(inside));
        assert!(poll_once(inside.as_mut()).is_pending());
        assert_eq!(Paid.send().delivered(), 1);
        assert!(poll_once(inside.as_mut()).is_ready());
        assert_eq!(log.take(), ["committed"]);
        assert_eq!(transaction.commit().delivered(), 2);
    });
}

#[test]
fn a_panic_of_the_task_rolls_back() {
    in_scope(async |log| {
        let transaction = Transaction::new();
        let task = transaction.run_async(async {
            Paid.send();
            yield_now().await;
            panic!("on purpose");
        });
        let mut task = Box::pin(task);
        assert!(poll_once(task.as_mut()).is_pending());
        assert!(log.take().is_empty());
        assert!(catch_unwind(AssertUnwindSafe(|| poll_once(task.as_mut()))).is_err());
        assert_eq!(log.take(), ["rolled back"]);
        assert_eq!(transaction.commit().delivered(), 0);
    });
}

#[test]
fn dropping_a_task_leaves_the_transaction_open() {
    in_scope(async |log| {
        let transaction = Transaction::new();
        let mut task = Box::pin(transaction.run_async(async {
            Paid.send();
            pending::<()>().await;
        }));
        assert!(poll_once(task.as_mut()).is_pending());
        drop(task);
        assert!(log.take().is_empty());
        assert_eq!(transaction.commit().delivered(), 1);
    });
}

#[test]
fn values_of_a_task_are_dropped_inside_its_transaction() {
    struct SendsWhenDropped<'r>(&'r Mutex<Vec<Report>>);

    impl Drop for SendsWhenDropped<'_> {
        fn drop(&mut self) {
            self.0.lock().unwrap().push(Paid.send());
        }
    }

    in_scope(async |_| {
        let reports = &Mutex::new(Vec::new());
        let transaction = Transaction::new();
        let finishing = async { drop(SendsWhenDropped(reports)) };
        transaction.run_async(finishing).await;
        let cancelled = async {
            let _guard = SendsWhenDropped(reports);
            pending::<()>().await;
        };
        let mut cancelled = Box::pin(transaction.run_async(cancelled));
        assert!(poll_once(cancelled.as_mut()).is_pending());
        drop(cancelled);
        let guard = SendsWhenDropped(reports);
        // Moved into the future, and dropped with it before the first poll.
        drop(transaction.run_async(async move { drop(guard) }));
        let reports = std::mem::take(&mut *reports.lock().unwrap());
        assert_eq!(reports.len(), 3);
        assert!(reports.iter().all(|report| report.deferred() == 1));
        transaction.abandon();
    });
}

#[test]
fn a_transaction_and_a_scope_follow_their_task_across_threads() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(4)
        .enable_time()
        .build()
        .unwrap();
    let task = |number: usize| async move {
        let log = Arc::new(Log::default());
        let scope = Scope::new().provide_dyn(Arc::clone(&log));
        let work = async move {
            let transaction = Transaction::new();
            let inside = async {
                for round in 0..5 {
                    assert_eq!(Paid.send().deferred(), 1);
                    if number.is_multiple_of(50) && round == 0 {
                        tokio::time::sleep(Duration::from_millis(1)).await;
                    }
                    tokio::task::yield_now().await;
                }
                // A spawned task is in the transaction if it is wrapped in the current scope.
                let here = Scope::current();
                tokio::spawn(here.wrap(async { assert_eq!(Paid.send().deferred(), 1) }))
                    .await
                    .unwrap();
                let here = Scope::current();
                let sends = move || here.enter(|| Paid.send().deferred());
                assert_eq!(tokio::task::spawn_blocking(sends).await.unwrap(), 1);
            };
            transaction.run_async(inside).await;
            assert!(log.take().is_empty());
            transaction
                .commit_with(ready(DatabaseResult::Ok(())))
                .await
                .unwrap();
            assert_eq!(log.take(), ["committed"; 7]);
        };
        tokio::spawn(scope.run_async(work)).await.unwrap();
    };
    runtime.block_on(async {
        let tasks: Vec<_> = (0..200).map(|number| tokio::spawn(task(number))).collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
}

#[test]
fn a_dropped_scope_applies_until_its_task_ends() {
    let log = Arc::new(Log::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&log));
    let mut task = Box::pin(scope.run_async(async {
        assert!(Paid.send().is_ok());
        yield_now().await;
        assert!(Paid.send().is_ok());
    }));
    drop(scope);
    assert!(poll_once(task.as_mut()).is_pending());
    assert!(poll_once(task.as_mut()).is_ready());
    assert_eq!(log.take().len(), 2);
    drop(task);
    assert_eq!(Arc::strong_count(&log), 1);
}

#[test]
fn the_futures_of_scopes_and_transactions_are_send() {
    fn check(_: &(impl Send + 'static)) {}

    let (scope, transaction) = (Scope::new(), Transaction::new());
    check(&scope.run_async(yield_now()));
    check(&Scope::current().wrap(yield_now()));
    check(&transaction.run_async(yield_now()));
    check(&transaction.commit_with(ready(DatabaseResult::Ok(()))));
}

//! Runtimes that end before a transaction, and code outside of any.

use std::sync::mpsc;
use std::time::Duration;

use lback_signals::{SignalTransaction, TransactionError};
use sqlx::Sqlite;
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::world::{TestDatabase, World, pay};

const LONG: Duration = Duration::from_secs(20);

in_each_database!(
    a_transaction_outside_of_the_runtime_is_usable,
    a_transaction_that_outlives_its_runtime_is_rolled_back,
);

async fn a_transaction_outside_of_the_runtime_is_usable<D: TestDatabase>(world: World<D>) {
    let scope = world.scope();
    let begin = async || {
        let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
        scope.run_async(pay(&mut transaction, 1)).await.unwrap();
        transaction
    };
    let outside = |call: Box<dyn FnOnce() + Send>| std::thread::spawn(call).join().unwrap();

    let transaction = begin().await;
    outside(Box::new(|| drop(transaction)));
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;

    let mut transaction = begin().await;
    outside(Box::new(|| {
        pollster::block_on(async {
            let nested = transaction.savepoint().await?;
            nested.commit().await?;
            let nested = transaction.savepoint().await?;
            drop(nested);
            transaction.commit().await
        })
        .unwrap();
    }));
    world.assert_paid(&[1]).await;
    world.assert_clean().await;
}

/// A pool belongs to the runtime in which it has connected.
async fn a_transaction_that_outlives_its_runtime_is_rolled_back<D: TestDatabase>(world: World<D>) {
    enum End {
        Drop,
        Commit,
        Rollback,
        Savepoint,
    }
    for end in [End::Drop, End::Commit, End::Rollback, End::Savepoint] {
        let runtime = Runtime::new().unwrap();
        let pool = D::pool(&world.place, 1);
        let scope = world.scope();
        let begun = runtime.spawn(async move {
            let mut transaction = SignalTransaction::begin(&pool).await.unwrap();
            scope.run_async(pay(&mut transaction, 1)).await.unwrap();
            transaction
        });
        let mut transaction = begun.await.unwrap();
        tokio::task::spawn_blocking(|| drop(runtime)).await.unwrap();
        let failed = match end {
            End::Drop => {
                drop(transaction);
                None
            }
            End::Commit => Some(transaction.commit().await.map(drop)),
            End::Rollback => Some(transaction.rollback().await.map(drop)),
            End::Savepoint => {
                let failed = transaction.savepoint().await.map(drop);
                drop(transaction);
                Some(failed)
            }
        };
        if let Some(failed) = failed {
            assert!(
                matches!(failed, Err(TransactionError::RuntimeEnded)),
                "{failed:?}"
            );
        }
        world.assert_rolled_back(&[1]).await;
    }
}

/// It is unknown whether SQLite then commits, so no receiver runs.
#[tokio::test(flavor = "multi_thread")]
async fn a_commit_whose_runtime_ends_is_unknown() {
    for commits in [true, false] {
        let world = World::<Sqlite>::new().await;
        let runtime = Runtime::new().unwrap();
        let (pool, scope) = (Sqlite::pool(&world.place, 1), world.scope());
        let (in_commit, is_in_commit) = mpsc::channel();
        let (go_on, may_go_on) = mpsc::channel();
        let begun = runtime.spawn(async move {
            let mut transaction = SignalTransaction::begin(&pool).await.unwrap();
            scope.run_async(pay(&mut transaction, 1)).await.unwrap();
            let rows = transaction.rows().await.unwrap();
            let mut handle = rows.lock_handle().await.unwrap();
            handle.set_commit_hook(move || {
                in_commit.send(()).unwrap();
                may_go_on.recv().unwrap()
            });
            drop(handle);
            transaction
        });
        let transaction = begun.await.unwrap();
        let commit = tokio::spawn(transaction.commit());
        tokio::task::spawn_blocking(move || {
            is_in_commit.recv_timeout(LONG).unwrap();
            runtime.shutdown_background();
        })
        .await
        .unwrap();
        let unknown = commit.await.unwrap();
        assert!(
            matches!(unknown, Err(TransactionError::Unknown(_))),
            "{unknown:?}"
        );
        go_on.send(commits).unwrap();
        let expected: &[i64] = if commits { &[1] } else { &[] };
        // The database may still be committing.
        let committed = async {
            while world.orders().await != expected {
                tokio::task::yield_now().await;
            }
        };
        timeout(LONG, committed).await.unwrap();
        assert_eq!(world.take_log(), [""; 0]);
    }
}

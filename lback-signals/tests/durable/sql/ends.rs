//! The ends of an outermost transaction.

use std::panic::AssertUnwindSafe;

use lback_signals::{Signal, SignalTransaction, TransactionError, within};
use sqlx::Connection as _;

use crate::world::{Paid, TestDatabase, World, pay};

in_each_database!(
    a_commit_stores_the_rows_and_then_runs_the_receivers,
    a_rollback_stores_nothing,
    a_drop_stores_nothing,
    an_error_in_run_leaves_the_end_to_the_caller,
    a_panic_in_run_prevents_the_commit,
    a_transaction_without_statements_is_committed,
    a_statement_of_the_caller_can_begin_it,
    an_adopted_transaction_is_committed,
    an_adopted_savepoint_is_refused,
    within_commits,
    within_rolls_back_on_an_error,
    within_rolls_back_on_a_panic,
    a_refused_commit_rolls_back,
);

async fn a_commit_stores_the_rows_and_then_runs_the_receivers<D: TestDatabase>(world: World<D>) {
    let committed = world.scope().run_async(async {
        let mut transaction = SignalTransaction::begin(&world.pool).await?;
        pay(&mut transaction, 1).await?;
        D::insert(transaction.rows().await?, 2).await?;
        let report = transaction
            .run(async |_| Ok::<_, TransactionError>(Paid { order: 2 }.send()))
            .await?;
        assert_eq!((report.delivered(), report.deferred()), (0, 1));
        assert!(world.orders().await.is_empty());
        assert_eq!(world.take_log(), [""; 0]);
        transaction.commit().await
    });
    let report = committed.await.unwrap();
    assert_eq!(report.delivered(), 2);
    world.assert_paid(&[1, 2]).await;
    world.assert_clean().await;
}

async fn a_rollback_stores_nothing<D: TestDatabase>(world: World<D>) {
    let rolled_back = world.scope().run_async(async {
        let mut transaction = SignalTransaction::begin(&world.pool).await?;
        pay(&mut transaction, 1).await?;
        transaction.rollback().await
    });
    let report = rolled_back.await.unwrap();
    assert_eq!(report.delivered(), 1);
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

async fn a_drop_stores_nothing<D: TestDatabase>(world: World<D>) {
    world
        .scope()
        .run_async(async {
            for order in 0..10 {
                let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
                pay(&mut transaction, order).await.unwrap();
            }
        })
        .await;
    let orders: Vec<_> = (0..10).collect();
    world.assert_rolled_back(&orders).await;
    world.assert_clean().await;
}

async fn an_error_in_run_leaves_the_end_to_the_caller<D: TestDatabase>(world: World<D>) {
    for is_committed in [false, true] {
        let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
        let scope = world.scope();
        let failed = scope.run_async(transaction.run(async |rows| {
            D::insert(rows, 1).await?;
            Paid { order: 1 }.send();
            Err::<(), _>(sqlx::Error::RowNotFound)
        }));
        assert!(matches!(failed.await, Err(sqlx::Error::RowNotFound)));
        if is_committed {
            transaction.commit().await.unwrap();
            world.assert_paid(&[1]).await;
        } else {
            drop(transaction);
            world.assert_rolled_back(&[1]).await;
        }
    }
    world.assert_clean().await;
}

async fn a_panic_in_run_prevents_the_commit<D: TestDatabase>(world: World<D>) {
    let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    let scope = world.scope();
    let run = scope.run_async(transaction.run(async |rows| {
        D::insert(rows, 1).await?;
        Paid { order: 1 }.send();
        assert!(rows.is_in_transaction(), "never");
        std::panic::resume_unwind(Box::new("stopped"));
        #[expect(unreachable_code, reason = "it gives the closure its type")]
        Ok::<(), sqlx::Error>(())
    }));
    assert_eq!(panic_of(run).await, "stopped");
    // The database first: no receiver runs before the rollback.
    assert_eq!(world.take_log(), [""; 0]);
    let refused = transaction.commit().await;
    assert!(
        matches!(refused, Err(TransactionError::Panicked)),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

async fn a_transaction_without_statements_is_committed<D: TestDatabase>(world: World<D>) {
    world
        .scope()
        .run_async(async {
            let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
            let run = transaction.run(async |_| {
                Paid { order: 1 }.send();
                Ok::<_, TransactionError>(())
            });
            run.await.unwrap();
            transaction.commit().await.unwrap();
        })
        .await;
    assert_eq!(world.take_log(), ["receipt 1, stored false"]);
    world.assert_clean().await;
}

async fn a_statement_of_the_caller_can_begin_it<D: TestDatabase>(world: World<D>) {
    let refused = SignalTransaction::begin_with(&world.pool, "SELECT nothing").await;
    assert!(
        matches!(refused, Err(TransactionError::Database(_))),
        "{refused:?}"
    );
    world.assert_clean().await;
    world
        .scope()
        .run_async(async {
            let mut transaction = SignalTransaction::begin_with(&world.pool, "BEGIN").await?;
            pay(&mut transaction, 1).await?;
            transaction.commit().await
        })
        .await
        .unwrap();
    world.assert_paid(&[1]).await;
    world.assert_clean().await;
}

async fn an_adopted_transaction_is_committed<D: TestDatabase>(world: World<D>) {
    for order in 1..4 {
        let mut rows = world.pool.begin().await.unwrap();
        D::insert(&mut rows, order).await.unwrap();
        let mut transaction = SignalTransaction::adopt(rows).unwrap();
        let sent = world.scope().run_async(transaction.run(async |_| {
            Paid { order }.send();
            Ok::<_, TransactionError>(())
        }));
        sent.await.unwrap();
        match order {
            1 => drop(transaction),
            2 => drop(transaction.rollback().await.unwrap()),
            _ => drop(transaction.commit().await.unwrap()),
        }
    }
    assert_eq!(world.orders().await, [3]);
    assert_eq!(
        world.take_log(),
        ["apology 1", "apology 2", "receipt 3, stored true"]
    );
    world.assert_clean().await;
}

/// A connection that was given back with an open transaction, of which sqlx knows, makes a savepoint of the next.
async fn an_adopted_savepoint_is_refused<D: TestDatabase>(world: World<D>) {
    let mut connection = world.pool.acquire().await.unwrap();
    std::mem::forget(connection.begin().await.unwrap());
    drop(connection);
    let refused = SignalTransaction::adopt(world.pool.begin().await.unwrap());
    assert!(
        matches!(refused, Err(TransactionError::Savepoint)),
        "{refused:?}"
    );
    drop(refused);
    // A separate transaction ends the one that was left.
    let transaction = SignalTransaction::begin(&world.pool).await.unwrap();
    transaction.rollback().await.unwrap();
    world.assert_clean().await;
}

async fn within_commits<D: TestDatabase>(world: World<D>) {
    let value = world.scope().run_async(within(&world.pool, async |tx| {
        D::insert(tx.rows().await?, 1).await?;
        Paid { order: 1 }.send();
        pay(tx, 2).await?;
        assert_eq!(world.take_log(), [""; 0]);
        Ok::<_, sqlx::Error>("a value")
    }));
    assert_eq!(value.await.unwrap(), "a value");
    world.assert_paid(&[1, 2]).await;
    world.assert_clean().await;
}

async fn within_rolls_back_on_an_error<D: TestDatabase>(world: World<D>) {
    let failed = world.scope().run_async(within(&world.pool, async |tx| {
        D::insert(tx.rows().await?, 1).await?;
        Paid { order: 1 }.send();
        Err::<(), _>(sqlx::Error::RowNotFound)
    }));
    assert!(matches!(failed.await, Err(sqlx::Error::RowNotFound)));
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

async fn within_rolls_back_on_a_panic<D: TestDatabase>(world: World<D>) {
    let scope = world.scope();
    let failed = scope.run_async(within(&world.pool, async |tx| {
        D::insert(tx.rows().await?, 1).await?;
        Paid { order: 1 }.send();
        std::panic::resume_unwind(Box::new("stopped"));
        #[expect(unreachable_code, reason = "it gives the closure its type")]
        Ok::<(), sqlx::Error>(())
    }));
    assert_eq!(panic_of(failed).await, "stopped");
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

/// A deferred constraint is checked by the COMMIT.
async fn a_refused_commit_rolls_back<D: TestDatabase>(world: World<D>) {
    let mut connection = world.others.acquire().await.unwrap();
    let table = "CREATE TABLE refund \
        (paid BIGINT REFERENCES paid (number) DEFERRABLE INITIALLY DEFERRED)";
    D::execute(&mut connection, table).await.unwrap();
    for order in 1..3 {
        let refused = world.scope().run_async(async {
            // The outcome of an adopted one cannot be asked for.
            let mut transaction = match order {
                1 => SignalTransaction::begin(&world.pool).await?,
                _ => SignalTransaction::adopt(world.pool.begin().await?)?,
            };
            pay(&mut transaction, order).await?;
            D::execute(transaction.rows().await?, "INSERT INTO refund VALUES (77)").await?;
            transaction.commit().await
        });
        let refused = refused.await;
        assert!(
            matches!(refused, Err(TransactionError::Database(_))),
            "{refused:?}"
        );
        world.assert_rolled_back(&[order]).await;
        world.assert_clean().await;
    }
}

/// Returns the payload of the panic of a future, which is a text.
async fn panic_of<F: Future<Output: std::fmt::Debug>>(future: F) -> &'static str {
    let mut future = Box::pin(AssertUnwindSafe(future));
    let caught = std::future::poll_fn(|task| {
        let poll = std::panic::catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(task)));
        match poll {
            Ok(poll) => poll.map(Ok),
            Err(panic) => std::task::Poll::Ready(Err(panic)),
        }
    });
    let panic = caught.await.unwrap_err();
    // Dropped before the caller goes on.
    drop(future);
    *panic.downcast_ref().unwrap()
}

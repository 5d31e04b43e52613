//! The context in which code of a transaction runs, and that of its receivers.

use std::sync::Arc;
use std::time::Duration;

use lback_signals::durable::SqliteOutbox;
use lback_signals::{
    Res, Scope, Signal, SignalTransaction, Transaction, TransactionError, receiver, signal, within,
};
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Pool, Sqlite};
use test_support::in_child_process;
use tokio::runtime::Handle;
use tokio::task::block_in_place;
use tracing::Level;

use crate::collector::Collector;
use crate::world::{Paid, TestDatabase, World, pay};

in_each_database!(
    a_transaction_of_signals_is_nested_in_it,
    a_transaction_of_signals_around_it_does_not_nest_it,
    its_futures_can_be_spawned,
    a_receiver_can_use_the_only_connection,
);

async fn a_transaction_of_signals_is_nested_in_it<D: TestDatabase>(world: World<D>) {
    let send = |order| {
        let nested = Transaction::new();
        nested.run(|| Paid { order }.send());
        assert_eq!(nested.commit().deferred(), 1);
    };
    let committed = world.scope().run_async(within(&world.pool, async |tx| {
        send(1);
        tx.run(async |_| {
            send(2);
            Ok::<_, TransactionError>(())
        })
        .await?;
        within(tx, async |tx| {
            send(3);
            pay(tx, 4).await?;
            Ok::<_, TransactionError>(())
        })
        .await?;
        assert_eq!(world.take_log(), [""; 0]);
        Ok::<_, TransactionError>(())
    }));
    committed.await.unwrap();
    let log = [1, 2, 3, 4].map(|it| format!("receipt {it}, stored {}", it == 4));
    assert_eq!(world.take_log(), log);
}

async fn a_transaction_of_signals_around_it_does_not_nest_it<D: TestDatabase>(world: World<D>) {
    let around = Transaction::new();
    let paid = around.run_async(world.scope().run_async(async {
        let mut transaction = SignalTransaction::begin(&world.pool).await?;
        pay(&mut transaction, 1).await?;
        transaction.commit().await?;
        world.assert_paid(&[1]).await;
        let adopted = world.pool.begin().await?;
        let mut transaction = SignalTransaction::adopt(adopted)?;
        pay(&mut transaction, 2).await?;
        transaction.commit().await?;
        assert_eq!(world.take_log(), ["receipt 2, stored true"]);
        within(&world.pool, async |tx| pay(tx, 3).await).await
    }));
    paid.await.unwrap();
    assert_eq!(world.take_log(), ["receipt 3, stored true"]);
    around.rollback();
    assert_eq!(world.take_log(), [""; 0]);
}

async fn its_futures_can_be_spawned<D: TestDatabase>(world: World<D>) {
    let (pool, scope) = (world.pool.clone(), world.scope());
    let spawned = tokio::spawn(async move {
        let paid = scope.run_async(within(&pool, async |tx| {
            pay(tx, 1).await?;
            within(&mut *tx, async |tx| {
                D::insert(tx.rows().await?, 2).await?;
                Paid { order: 2 }.send();
                Ok::<_, sqlx::Error>(())
            })
            .await?;
            let mut nested = tx.savepoint().await?;
            pay(&mut nested, 3).await?;
            nested.commit().await?;
            Ok::<_, sqlx::Error>(())
        }));
        paid.await.unwrap();
        let mut transaction = SignalTransaction::begin(&pool).await.unwrap();
        scope.run_async(pay(&mut transaction, 4)).await.unwrap();
        transaction.commit().await.unwrap();
    });
    spawned.await.unwrap();
    world.assert_paid(&[1, 2, 3, 4]).await;
}

/// With the types of a database and borrows in the closures, as an application has them.
#[tokio::test(flavor = "multi_thread")]
async fn futures_that_borrow_can_be_spawned() {
    async fn store(outbox: &SqliteOutbox, orders: &[i64], table: &str) -> sqlx::Result<usize> {
        let stored = within(outbox, async |tx| {
            let mut stored = 0;
            for order in orders {
                let insert = format!("INSERT INTO {table} VALUES ($1)");
                tx.run(async |rows| {
                    let insert = sqlx::query(AssertSqlSafe(insert)).bind(order);
                    insert.execute(&mut *rows).await?;
                    Paid { order: *order }.send();
                    Ok::<_, sqlx::Error>(())
                })
                .await?;
                let nested = within(&mut *tx, async |tx| {
                    let insert = sqlx::query("INSERT INTO paid VALUES ($1)").bind(orders[0]);
                    insert.execute(tx.rows().await?).await?;
                    stored += 100;
                    Ok::<_, sqlx::Error>(())
                });
                drop(nested.await);
                stored += 1;
            }
            Ok::<_, sqlx::Error>(stored)
        });
        stored.await
    }
    let world = World::<Sqlite>::new().await;
    let outbox = SqliteOutbox::new(world.pool.clone()).await.unwrap();
    let (orders, table) = (vec![1, 2], "paid".to_owned());
    let store = async move { store(&outbox, &orders, &table).await };
    let stored = tokio::spawn(world.scope().run_async(store));
    assert_eq!(stored.await.unwrap().unwrap(), 2);
    world.assert_paid(&[1, 2]).await;
}

/// A receiver that opens a transaction on the same pool.
#[receiver(signal = Reordered, after_commit)]
fn reorder(event: &Reordered, again: Res<'_, dyn Fn(i64) + Send + Sync>) {
    again(event.order);
}

#[receiver(signal = Reordered, after_rollback)]
fn reorder_later(event: &Reordered, again: Res<'_, dyn Fn(i64) + Send + Sync>) {
    again(event.order);
}

#[signal(owned)]
pub(crate) struct Reordered {
    pub(crate) order: i64,
}

/// Returns a scope in which the receivers of `Reordered` call a function that blocks.
pub(crate) fn reordering(again: impl Fn(i64) + Send + Sync + 'static) -> Scope {
    let again: Arc<dyn Fn(i64) + Send + Sync> =
        Arc::new(move |order| block_in_place(|| again(order)));
    Scope::new().provide_dyn(again)
}

/// Returns a scope in which they pay the next order, on a connection of this pool.
fn reordering_in<D: TestDatabase>(world: &World<D>, pool: Pool<D>) -> Scope {
    let inner = world.scope();
    reordering(move |order| {
        let paid = inner.run_async(within(&pool, async |tx| pay(tx, order + 1).await));
        Handle::current().block_on(paid).unwrap();
    })
}

async fn a_receiver_can_use_the_only_connection<D: TestDatabase>(world: World<D>) {
    let scope = reordering_in(&world, world.pool.clone());
    for (order, is_committed) in [(1, true), (3, false)] {
        let paid = scope.run_async(within(&world.pool, async |tx| {
            D::insert(tx.rows().await?, order).await?;
            Reordered { order }.send();
            is_committed.then_some(()).ok_or(sqlx::Error::RowNotFound)
        }));
        assert_eq!(paid.await.is_ok(), is_committed);
    }
    assert_eq!(world.orders().await, [1, 2, 4]);
    let log = ["receipt 2, stored true", "receipt 4, stored true"];
    assert_eq!(world.take_log(), log);
}

/// The other connection does not wait for the lock of SQLite.
#[tokio::test(flavor = "multi_thread")]
async fn receivers_run_when_the_database_has_ended_the_transaction() {
    let world = World::<Sqlite>::new().await;
    let options = world.place.options().busy_timeout(Duration::ZERO);
    let others = SqlitePoolOptions::new().connect_lazy_with(options);
    let scope = reordering_in(&world, others);
    let refund = "CREATE TABLE refund \
        (paid BIGINT REFERENCES paid (number) DEFERRABLE INITIALLY DEFERRED)";
    sqlx::query(refund).execute(&world.pool).await.unwrap();
    for order in [1, 3, 5] {
        let mut transaction = SignalTransaction::begin(&world.pool).await.unwrap();
        let sent = scope.run_async(transaction.run(async |rows| {
            Sqlite::insert(rows, order).await?;
            Reordered { order }.send();
            Ok::<_, sqlx::Error>(())
        }));
        sent.await.unwrap();
        match order {
            1 => drop(transaction.commit().await.unwrap()),
            3 => drop(transaction.rollback().await.unwrap()),
            _ => {
                // Checked by the COMMIT, which leaves the transaction open.
                let rows = transaction.rows().await.unwrap();
                let refund = "INSERT INTO refund VALUES (77)";
                Sqlite::execute(rows, refund).await.unwrap();
                transaction.commit().await.map(drop).unwrap_err();
            }
        }
    }
    assert_eq!(world.orders().await, [1, 2, 4, 6]);
}

#[signal(owned)]
struct Traced;

#[receiver(signal = Traced, after_commit)]
fn trace(_: &Traced) {
    tracing::info!("traced");
}

/// `tracing` caches for the whole process which spans are enabled.
#[test]
fn receivers_run_in_the_span_of_the_commit() {
    in_child_process(|| {
        let (collector, lines) = Collector::new(Level::INFO);
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let commit = async {
            let pool = sqlx::sqlite::SqlitePoolOptions::new()
                .max_connections(1)
                .connect("sqlite::memory:")
                .await?;
            let transaction = SignalTransaction::begin(&pool).await?;
            let mut transaction = transaction;
            let send = transaction.run(async |_| Ok::<_, TransactionError>(Traced.send()));
            send.await?;
            let span = tracing::info_span!("request");
            let commit = transaction.commit();
            tracing::Instrument::instrument(commit, span).await
        };
        tracing::subscriber::with_default(collector, || runtime.block_on(commit)).unwrap();
        let traced: Vec<_> = lines
            .try_iter()
            .filter(|it| it.ends_with("traced"))
            .collect();
        assert_eq!(traced, ["request: traced"]);
    });
}

//! Transactions with deliveries for durable receivers, which an outbox in SQLite writes.

use lback_signals::durable::{EnqueueError, EnqueueLimits, SqliteOutbox};
use lback_signals::{Signal, SignalTransaction, TransactionError, receiver, signal, within};
use sqlx::{Sqlite, SqliteConnection};
use test_support::{another_round, polled};
use tokio::runtime::Handle;

use crate::context::{Reordered, reordering};
use crate::sqlite::fill;
use crate::world::{TestDatabase, World, pay};

/// An order is to be shipped.
#[signal(durable(name = "sql.shipped", version = 1))]
struct Shipped<'a> {
    order: i64,
    address: &'a str,
}

#[receiver(signal = Shipped, durable(name = "sql-ship"))]
async fn ship(_: &Shipped<'_>) {}

#[receiver(signal = Shipped, durable(name = "sql-weigh"))]
async fn weigh(_: &Shipped<'_>) {}

/// Stores an order, and sends it to the receivers of the world and to the durable receivers.
async fn pay_and_ship(
    transaction: &mut SignalTransaction<'_, Sqlite>,
    order: i64,
) -> sqlx::Result<()> {
    pay(transaction, order).await?;
    transaction
        .run(async |_| {
            let address = "London";
            let report = Shipped { order, address }.send();
            assert_eq!(report.deferred(), 2);
            Ok(())
        })
        .await
}

/// Returns the world, and an outbox in its database that has one connection.
async fn world() -> (World<Sqlite>, SqliteOutbox) {
    let world = World::new().await;
    let outbox = SqliteOutbox::new(world.pool.clone()).await.unwrap();
    (world, outbox.without_worker())
}

/// Checks that two deliveries are stored per stored order, and none of another one.
async fn assert_shipped(world: &World<Sqlite>, orders: &[i64]) {
    let stored = "SELECT payload ->> 'order' FROM lback_signal JOIN lback_delivery \
        ON lback_delivery.signal = lback_signal.id ORDER BY lback_delivery.number";
    let stored: Vec<i64> = sqlx::query_scalar(stored)
        .fetch_all(&world.others)
        .await
        .unwrap();
    let expected: Vec<_> = orders.iter().flat_map(|order| [*order; 2]).collect();
    assert_eq!(stored, expected);
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_committed_with_the_rows() {
    let (world, outbox) = world().await;
    let paid = world.scope().run_async(async {
        let mut transaction = outbox.begin().await?;
        pay_and_ship(&mut transaction, 1).await?;
        let mut nested = transaction.savepoint().await?;
        pay_and_ship(&mut nested, 2).await?;
        nested.rollback().await?;
        let mut nested = transaction.savepoint().await?;
        pay_and_ship(&mut nested, 3).await?;
        drop(nested);
        within(&mut transaction, async |tx| pay_and_ship(tx, 4).await).await?;
        assert_shipped(&world, &[]).await;
        transaction.commit().await
    });
    let report = paid.await.unwrap();
    assert_eq!(report.delivered(), 2);
    assert_shipped(&world, &[1, 4]).await;
    assert_eq!(world.orders().await, [1, 4]);
    let log = [
        "apology 2",
        "apology 3",
        "receipt 1, stored true",
        "receipt 4, stored true",
    ];
    assert_eq!(world.take_log(), log);
    world.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_rolled_back_with_the_rows() {
    let (world, outbox) = world().await;
    world
        .scope()
        .run_async(async {
            let mut transaction = outbox.begin().await.unwrap();
            pay_and_ship(&mut transaction, 1).await.unwrap();
            transaction.rollback().await.unwrap();
            let mut transaction = outbox.begin().await.unwrap();
            pay_and_ship(&mut transaction, 2).await.unwrap();
            drop(transaction);
            let failed = within(&outbox, async |tx| {
                pay_and_ship(tx, 3).await?;
                Err::<(), _>(sqlx::Error::RowNotFound)
            });
            failed.await.unwrap_err();
        })
        .await;
    assert_shipped(&world, &[]).await;
    world.assert_rolled_back(&[1, 2, 3]).await;
    world.assert_clean().await;
}

/// The transactions of an outbox take turns.
#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_can_begin_a_transaction_of_the_outbox() {
    let (world, outbox) = world().await;
    let (again, inner) = (outbox.clone(), world.scope());
    let scope = reordering(move |order| {
        let paid = within(&again, async |tx| pay(tx, order + 1).await);
        Handle::current().block_on(inner.run_async(paid)).unwrap();
    });
    for order in [1, 3, 5, 7] {
        let mut transaction = outbox.begin().await.unwrap();
        let sent = scope.run_async(transaction.run(async |_| {
            Reordered { order }.send();
            Ok::<_, sqlx::Error>(())
        }));
        sent.await.unwrap();
        match order {
            1 => drop(transaction.commit().await.unwrap()),
            3 => drop(transaction.rollback().await.unwrap()),
            5 => {
                fill(transaction.rows().await.unwrap()).await;
                transaction.commit().await.map(drop).unwrap_err();
            }
            _ => drop(transaction),
        }
    }
    assert_eq!(world.orders().await, [2, 4, 6, 8]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_adopted_transaction_writes_deliveries() {
    let (world, outbox) = world().await;
    let mut rows = world.pool.begin().await.unwrap();
    Sqlite::insert(&mut rows, 1).await.unwrap();
    let mut transaction = outbox.adopt(rows).unwrap();
    let paid = world.scope().run_async(pay_and_ship(&mut transaction, 2));
    paid.await.unwrap();
    transaction.commit().await.unwrap();
    assert_shipped(&world, &[2]).await;
    assert_eq!(world.orders().await, [1, 2]);
    world.assert_clean().await;
}

/// Otherwise its durable receivers would never hear of the row.
#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_without_an_outbox_refuses_deliveries() {
    let (world, _) = world().await;
    let refused = world.scope().run_async(async {
        let mut transaction = SignalTransaction::begin(&world.pool).await?;
        pay_and_ship(&mut transaction, 1).await?;
        transaction.commit().await
    });
    let refused = refused.await;
    let expected = EnqueueError::NotWritten {
        signal: "sql.shipped",
    };
    assert!(
        matches!(&refused, Err(TransactionError::Enqueue(error)) if *error == expected),
        "{refused:?}"
    );
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_that_cannot_be_stored_rolls_back() {
    let (world, outbox) = world().await;
    let outbox = outbox.with_limits(EnqueueLimits::default().with_payload_bytes(40));
    for is_nested in [false, true] {
        let refused = world.scope().run_async(async {
            let mut transaction = outbox.begin().await?;
            pay_and_ship(&mut transaction, 1).await?;
            let mut nested = transaction.savepoint().await?;
            pay(&mut nested, 2).await?;
            let address = "a long address in a long street of a large town";
            let send = nested.run(async |_| {
                drop(Shipped { order: 2, address }.send());
                Ok::<_, TransactionError>(())
            });
            send.await?;
            nested.commit().await?;
            if is_nested {
                let nested = transaction.savepoint().await?;
                nested.commit().await?;
            }
            transaction.commit().await
        });
        let refused = refused.await;
        let (signal, limit) = ("sql.shipped", 40);
        let expected = EnqueueError::PayloadTooLarge { signal, limit };
        assert!(
            matches!(&refused, Err(TransactionError::Enqueue(error)) if *error == expected),
            "{refused:?}"
        );
        assert_shipped(&world, &[]).await;
        world.assert_rolled_back(&[1, 2]).await;
        world.assert_clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deliveries_that_cannot_be_written_roll_back() {
    async fn remove_table(rows: &mut SqliteConnection) {
        let remove = "ALTER TABLE lback_delivery RENAME TO removed";
        Sqlite::execute(rows, remove).await.unwrap();
    }
    let (world, outbox) = world().await;
    let refused = world.scope().run_async(within(&outbox, async |tx| {
        pay_and_ship(tx, 1).await?;
        remove_table(tx.rows().await?).await;
        Ok::<_, TransactionError>(())
    }));
    let refused = refused.await;
    assert!(
        matches!(refused, Err(TransactionError::Database(_))),
        "{refused:?}"
    );
    assert_shipped(&world, &[]).await;
    world.assert_rolled_back(&[1]).await;
    world.assert_clean().await;
}

/// They would be committed on their own.
#[tokio::test(flavor = "multi_thread")]
async fn deliveries_are_not_written_after_sqlite_has_rolled_back() {
    let (world, outbox) = world().await;
    for _ in 0..2 {
        let refused = world.scope().run_async(async {
            let mut transaction = outbox.begin().await?;
            pay_and_ship(&mut transaction, 1).await?;
            fill(transaction.rows().await?).await;
            transaction.commit().await
        });
        let refused = refused.await;
        assert!(
            matches!(refused, Err(TransactionError::RolledBackBySqlite)),
            "{refused:?}"
        );
        assert_shipped(&world, &[]).await;
        world.assert_rolled_back(&[1]).await;
        world.assert_clean().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_transaction_stores_its_rows_with_their_deliveries_or_none() {
    let (world, outbox) = world().await;
    // A commit whose future is dropped can still succeed: run until one did.
    let mut has_seen_dropped_commit = false;
    let mut round = 0;
    while another_round(&mut round, 100, has_seen_dropped_commit) {
        let mut polls = 0;
        loop {
            let dropped = world.scope().run_async(polled(
                polls,
                within(&outbox, async |tx| pay_and_ship(tx, 1).await),
            ));
            let is_done = dropped.await.is_some();
            world.assert_clean().await;
            let orders = world.orders().await;
            assert_shipped(&world, &orders).await;
            let mut connection = world.others.acquire().await.unwrap();
            let empty = "DELETE FROM paid; DELETE FROM lback_delivery; DELETE FROM lback_signal";
            Sqlite::execute(&mut connection, empty).await.unwrap();
            if is_done {
                assert_eq!(orders, [1]);
                break;
            }
            has_seen_dropped_commit |= !orders.is_empty();
            polls += 1;
        }
        assert!(polls > 2, "only {polls}");
    }
}

//! The transaction of a receiver, whose commit completes its delivery.

use std::sync::Arc;

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{
    Claim, DeliveryCommit, DeliveryTransaction, DurableTx, Ending, Outbox, OutboxError,
    PostgresOutbox,
};
use lback_signals::{Signal, TransactionError, receiver, signal};
use sqlx::{PgConnection, Postgres, Sqlite};

use super::{claim, claimed, connection, counts, execute, number, outbox};
use crate::postgres_schema::Schema;

#[signal(durable(name = "postgres.durable-tx.booked", version = 1))]
struct Booked {
    order: u32,
}

#[receiver(signal = Booked, durable(name = "postgres.durable-tx.tell"))]
fn tell(_: &Booked) {
    unreachable!("no worker runs");
}

const BOOKINGS: &str = "SELECT count(*) FROM booking";

async fn with_bookings(schema: &Schema) -> PostgresOutbox {
    let outbox = outbox(schema).await;
    let booking =
        "CREATE TABLE booking (number bigint NOT NULL UNIQUE DEFERRABLE INITIALLY DEFERRED)";
    execute(&mut connection(schema).await, booking).await;
    outbox
}

fn transaction(outbox: &PostgresOutbox, claim: Claim) -> Arc<dyn DeliveryTransaction> {
    outbox.transaction(claim).unwrap()
}

/// The behaviour of a receiver: it books, and returns.
async fn book(transaction: &dyn DeliveryTransaction, number: i64) {
    let mut tx = take(transaction).unwrap();
    insert(tx.rows().await.unwrap(), number).await.unwrap();
}

fn take(transaction: &dyn DeliveryTransaction) -> Option<DurableTx<'_, Postgres>> {
    DurableTx::__take(transaction, "ship")
}

async fn insert(rows: &mut PgConnection, number: i64) -> sqlx::Result<()> {
    let insert = sqlx::query("INSERT INTO booking (number) VALUES ($1)").bind(number);
    insert.execute(rows).await.map(drop)
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_commit_completes_the_delivery() {
    let schema = Schema::new().await;
    let outbox = with_bookings(&schema).await;
    let claim = claimed(&outbox).await;
    let transaction = transaction(&outbox, claim);
    assert!(DurableTx::<Sqlite>::__take(&*transaction, "ship").is_none());
    book(&*transaction, 1).await;
    let mut other = connection(&schema).await;
    assert_eq!(number(&mut other, BOOKINGS).await, 0, "it is not committed");
    let completed = transaction.complete().await;
    assert_eq!(completed.unwrap(), DeliveryCommit::Committed);
    assert_eq!(number(&mut other, BOOKINGS).await, 1);
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
    assert_eq!(outbox.signals().await.unwrap(), 0);
    let lost = outbox.finish(&[(claim, Ending::Done)]).await.unwrap();
    assert_eq!(lost, [claim]);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_lost_claim_rolls_the_effects_back() {
    let schema = Schema::new().await;
    let outbox = with_bookings(&schema).await;
    let lost = claimed(&outbox).await;
    let transaction = transaction(&outbox, lost);
    outbox.set_clock_offset(60_000);
    let held = claim(&outbox).await[0].claim;
    book(&*transaction, 1).await;
    assert_eq!(transaction.complete().await.unwrap(), DeliveryCommit::Lost);
    assert_eq!(number(&mut connection(&schema).await, BOOKINGS).await, 0);
    assert_eq!(counts(&outbox).await, [0, 1, 0]);

    let transaction = self::transaction(&outbox, held);
    book(&*transaction, 1).await;
    let completed = transaction.complete().await;
    assert_eq!(completed.unwrap(), DeliveryCommit::Committed);
}

/// Its receiver has ignored the error.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_aborted_transaction_or_a_refused_commit_keeps_the_delivery() {
    let schema = Schema::new().await;
    let outbox = with_bookings(&schema).await;
    let claim = claimed(&outbox).await;
    // The constraint of the second is checked by the commit.
    for statement in ["SELECT 1 / 0", "INSERT INTO booking VALUES (7), (7)"] {
        let transaction = transaction(&outbox, claim);
        {
            let mut tx = take(&*transaction).unwrap();
            let rows = tx.rows().await.unwrap();
            insert(rows, 1).await.unwrap();
            drop(sqlx::raw_sql(statement).execute(rows).await);
        }
        let refused = transaction.complete().await;
        assert!(
            matches!(refused, Err(OutboxError::Database(_))),
            "{refused:?}"
        );
        assert_eq!(number(&mut connection(&schema).await, BOOKINGS).await, 0);
        assert_eq!(counts(&outbox).await, [0, 1, 0]);
    }
    assert_eq!(outbox.finish(&[(claim, Ending::Done)]).await.unwrap(), []);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn signals_are_enqueued_with_the_effects() {
    let schema = Schema::new().await;
    let outbox = with_bookings(&schema).await;
    let run = async |tx: &mut DurableTx<'_, Postgres>| {
        tx.run(async |rows| {
            insert(rows, 1).await?;
            assert!(Booked { order: 7 }.send().is_ok());
            Ok::<_, TransactionError>(())
        })
        .await
    };
    let claim = claimed(&outbox).await;
    let rolled_back = transaction(&outbox, claim);
    run(&mut take(&*rolled_back).unwrap()).await.unwrap();
    rolled_back.roll_back().await;
    assert_eq!(counts(&outbox).await, [0, 1, 0]);

    let committed = transaction(&outbox, claim);
    run(&mut take(&*committed).unwrap()).await.unwrap();
    let before = outbox.changed(0).await;
    let completed = committed.complete().await;
    assert_eq!(completed.unwrap(), DeliveryCommit::Committed);
    assert_eq!(counts(&outbox).await, [1, 0, 0], "one for `tell`");
    assert_ne!(outbox.changed(before).await, before, "a worker is woken");
}

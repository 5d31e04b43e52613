//! Databases and roles whose transactions are not READ COMMITTED by default.

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{DeliveryCommit, DurableTx, Ending, Outbox};
use lback_signals::{Signal, TransactionError, receiver, signal};
use sqlx::Postgres;

use super::{claimed, counts, outbox_with, request, row_for, strict_outbox};
use crate::postgres_schema::Schema;

#[signal(durable(name = "postgres.isolation.paid", version = 1))]
struct Paid {
    order: i64,
}

#[receiver(signal = Paid, durable(name = "postgres.isolation.book"))]
fn book(_: &Paid) {
    unreachable!("no worker runs");
}

const ISOLATION: &str = "SELECT current_setting('transaction_isolation')";

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_transaction_of_a_receiver_is_read_committed_and_writes() {
    let schema = Schema::new().await;
    let outbox = strict_outbox(&schema).await;
    let transaction = outbox.transaction(claimed(&outbox).await).unwrap();
    {
        let mut tx = DurableTx::<Postgres>::__take(&*transaction, "ship").unwrap();
        let isolation = sqlx::query_scalar(ISOLATION);
        let isolation: String = isolation.fetch_one(tx.rows().await.unwrap()).await.unwrap();
        assert_eq!(isolation, "read committed");
    }
    let completed = transaction.complete().await.unwrap();
    assert_eq!(completed, DeliveryCommit::Committed);
    assert_eq!(outbox.signals().await.unwrap(), 0);
}

/// Under REPEATABLE READ the second one would not see that the first has ended.
#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn receivers_that_complete_the_last_deliveries_at_once_leave_no_signal() {
    let schema = Schema::new().await;
    let outbox = strict_outbox(&schema).await;
    outbox
        .insert(vec![row_for(&["ship", "bill"])])
        .await
        .unwrap();
    let mut transactions = Vec::new();
    for receiver in ["ship", "bill"] {
        let claimed = outbox.claim(&request(receiver)).await.unwrap();
        let transaction = outbox.transaction(claimed[0].claim).unwrap();
        let mut tx = DurableTx::<Postgres>::__take(&*transaction, receiver).unwrap();
        // Begins both before either ends.
        let count = "SELECT count(*) FROM lback_delivery";
        let count: i64 = sqlx::query_scalar(count)
            .fetch_one(tx.rows().await.unwrap())
            .await
            .unwrap();
        assert_eq!(count, 2);
        drop(tx);
        transactions.push(transaction);
    }
    for transaction in transactions {
        let completed = transaction.complete().await.unwrap();
        assert_eq!(completed, DeliveryCommit::Committed);
    }
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
    assert_eq!(outbox.signals().await.unwrap(), 0);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_transaction_of_an_application_has_the_isolation_that_it_asks_for() {
    let schema = Schema::new().await;
    let options = schema.options();
    let options = options.options([("default_transaction_isolation", "repeatable read")]);
    let outbox = outbox_with(options.clone()).await;
    let pool = super::pool_with(options);
    let serializable = "BEGIN ISOLATION LEVEL SERIALIZABLE";
    let adopted = outbox
        .adopt(pool.begin_with(serializable).await.unwrap())
        .unwrap();
    let begun = outbox.begin().await.unwrap();
    for (mut transaction, expected) in [(begun, "repeatable read"), (adopted, "serializable")] {
        let found = transaction
            .run(async |rows| {
                assert!(Paid { order: 7 }.send().is_ok());
                let isolation = sqlx::query_scalar(ISOLATION).fetch_one(rows);
                Ok::<String, TransactionError>(isolation.await?)
            })
            .await;
        assert_eq!(found.unwrap(), expected);
        transaction.commit().await.unwrap();
    }
    assert_eq!(counts(&outbox).await, [2, 0, 0]);
    let claimed = outbox.claim(&request("postgres.isolation.book")).await;
    let done = claimed.unwrap().into_iter();
    let done: Vec<_> = done.map(|it| (it.claim, Ending::Done)).collect();
    assert_eq!(outbox.finish(&done).await.unwrap(), []);
    assert_eq!(outbox.signals().await.unwrap(), 0);
}

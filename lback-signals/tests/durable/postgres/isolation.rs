//! Databases and roles whose transactions are not READ COMMITTED by default.

use lback_signals::durable::testing::TestOutbox as _;
use lback_signals::durable::{DeliveryCommit, DurableTx, Ending, Outbox};
use lback_signals::{Signal, SignalTransaction, TransactionError, receiver, signal};
use sqlx::{AssertSqlSafe, Postgres};

use super::{claimed, counts, outbox, outbox_with, request, row_for, strict_outbox};
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

/// Returns the isolation of a transaction, in which a signal is sent and that is committed.
async fn send_in(
    mut transaction: SignalTransaction<'static, Postgres>,
) -> Result<String, TransactionError> {
    let isolation = transaction.run(async |rows| {
        assert!(Paid { order: 7 }.send().is_ok());
        let isolation = sqlx::query_scalar(ISOLATION).fetch_one(rows);
        Ok::<String, TransactionError>(isolation.await?)
    });
    let isolation = isolation.await?;
    transaction.commit().await?;
    Ok(isolation)
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn the_transaction_of_an_application_has_the_isolation_that_it_asks_for() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let pool = super::pool_with(schema.options());
    for isolation in ["repeatable read", "serializable"] {
        let begin = AssertSqlSafe(format!("BEGIN ISOLATION LEVEL {isolation}"));
        let adopted = outbox.adopt(pool.begin_with(begin).await.unwrap());
        assert_eq!(send_in(adopted.unwrap()).await.unwrap(), isolation);
    }
    assert_eq!(counts(&outbox).await, [2, 0, 0]);
    let claimed = outbox.claim(&request("postgres.isolation.book")).await;
    let done = claimed.unwrap().into_iter();
    let done: Vec<_> = done.map(|it| (it.claim, Ending::Done)).collect();
    assert_eq!(outbox.finish(&done).await.unwrap(), []);
    assert_eq!(outbox.signals().await.unwrap(), 0);
}

#[signal(durable(name = "postgres.isolation.moved", version = 1))]
struct Moved {
    #[key]
    order: i64,
}

#[receiver(signal = Moved, durable(name = "postgres.isolation.follow", order = key))]
fn follow(_: &Moved) {
    unreachable!("no worker runs");
}

/// The program has receivers with an order.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn no_transaction_begins_with_a_default_isolation_in_which_order_would_be_lost() {
    let schema = Schema::new().await;
    for isolation in ["read uncommitted", "repeatable read", "serializable"] {
        let default = [("default_transaction_isolation", isolation)];
        let outbox = outbox_with(schema.options().options(default)).await;
        // Each of them leaves no connection behind, of which the pool has three.
        for _ in 0..4 {
            let begun = outbox.begin().await;
            let error = begun.expect_err(isolation);
            assert!(matches!(error, TransactionError::Isolation), "{error:?}");
            assert!(error.to_string().contains("READ COMMITTED"), "{error}");
        }
    }
    let outbox = outbox(&schema).await;
    assert_eq!(
        send_in(outbox.begin().await.unwrap()).await.unwrap(),
        "read committed"
    );
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn no_other_isolation_adds_a_delivery_with_an_order() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let pool = super::pool_with(schema.options());
    for isolation in ["read uncommitted", "repeatable read", "serializable"] {
        let begin = || AssertSqlSafe(format!("BEGIN ISOLATION LEVEL {isolation}"));
        let mut adopted = outbox
            .adopt(pool.begin_with(begin()).await.unwrap())
            .unwrap();
        let sent = adopted.run(async |_| {
            assert!(Moved { order: 7 }.send().is_ok());
            Ok::<(), TransactionError>(())
        });
        sent.await.unwrap();
        let error = adopted.commit().await.expect_err(isolation);
        assert!(matches!(error, TransactionError::Isolation), "{error:?}");

        let rows = [row_for(&["ship"]).__with_order("7")];
        let mut other = pool.begin_with(begin()).await.unwrap();
        let error = outbox
            .insert_in(&mut other, &rows)
            .await
            .expect_err(isolation);
        let error = TransactionError::from(error);
        assert!(matches!(error, TransactionError::Isolation), "{error:?}");
        other.rollback().await.unwrap();

        // Other layers get the error of the database.
        let mut other = pool.begin_with(begin()).await.unwrap();
        let lock = &outbox.insert_statements(&rows)[0];
        let mut query = sqlx::query(lock.sql);
        for value in &lock.values {
            query = query.bind(value);
        }
        let error = query.execute(&mut *other).await.expect_err(isolation);
        let text = error.to_string();
        assert!(text.contains("need READ COMMITTED"), "{text}");
    }
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
}

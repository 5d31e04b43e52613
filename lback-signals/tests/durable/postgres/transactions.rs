//! Sending in transactions of the application.

use lback_signals::durable::{Outbox, PostgresOutbox, SignalRow};
use lback_signals::{Signal, TransactionError, receiver, signal, within};
use sqlx::{Connection as _, PgConnection};

use super::{claim, connection, counts, execute, number, outbox, outbox_with};
use crate::postgres_schema::Schema;

#[signal(durable(name = "postgres.transactions.paid", version = 1))]
struct Paid<'a> {
    email: &'a str,
}

#[receiver(signal = Paid, durable(name = "postgres.transactions.receipt"))]
fn receipt(_: &Paid<'_>) {
    unreachable!("no worker runs");
}

#[receiver(signal = Paid, durable(name = "postgres.transactions.book"))]
async fn book(_: &Paid<'_>) {
    unreachable!("no worker runs");
}

#[signal(async, durable(name = "postgres.transactions.shipped", version = 1))]
struct Shipped {
    order: u32,
}

#[receiver(signal = Shipped, durable(name = "postgres.transactions.track"))]
async fn track(_: &Shipped) {
    unreachable!("no worker runs");
}

const ORDERS: &str = "CREATE TABLE orders (id bigint GENERATED ALWAYS AS IDENTITY)";
const COUNT: &str = "SELECT count(*) FROM orders";

async fn order(rows: &mut PgConnection) -> Result<(), TransactionError> {
    let insert = sqlx::query("INSERT INTO orders DEFAULT VALUES");
    insert.execute(rows).await?;
    let email = "ada@example.org";
    assert!(Paid { email }.send().is_ok());
    Ok(())
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn deliveries_are_committed_with_the_rows_of_the_application() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let mut other = connection(&schema).await;
    execute(&mut other, ORDERS).await;

    let mut transaction = outbox.begin().await.unwrap();
    transaction.run(order).await.unwrap();
    transaction.run(order).await.unwrap();
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
    transaction.commit().await.unwrap();
    assert_eq!(counts(&outbox).await, [4, 0, 0]);

    let mut transaction = outbox.begin().await.unwrap();
    transaction.run(order).await.unwrap();
    transaction.rollback().await.unwrap();
    let mut transaction = outbox.begin().await.unwrap();
    transaction.run(order).await.unwrap();
    drop(transaction);
    let within = within(&outbox, async |tx| {
        tx.run(order).await?;
        Err::<(), _>(TransactionError::Ended)
    });
    assert!(within.await.is_err());
    assert_eq!(counts(&outbox).await, [4, 0, 0]);
    assert_eq!(number(&mut other, COUNT).await, 2);

    let within = lback_signals::within(&outbox, async |tx| tx.run(order).await);
    within.await.unwrap();
    assert_eq!(counts(&outbox).await, [6, 0, 0]);
    assert_eq!(number(&mut other, COUNT).await, 3);
}

/// Its COMMIT would roll back without an error.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn an_aborted_transaction_is_not_committed() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    execute(&mut connection(&schema).await, ORDERS).await;
    let mut transaction = outbox.begin().await.unwrap();
    transaction.run(order).await.unwrap();
    let rows = transaction.rows().await.unwrap();
    assert!(sqlx::raw_sql("SELECT 1 / 0").execute(rows).await.is_err());
    let refused = transaction.commit().await;
    assert!(
        matches!(refused, Err(TransactionError::Database(_))),
        "{refused:?}"
    );
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
}

/// The application has executed the ROLLBACK itself, of which neither sqlx nor `SignalTransaction` knows.
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_that_sql_has_ended_stores_no_delivery() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    execute(&mut connection(&schema).await, ORDERS).await;
    let mut transaction = outbox.begin().await.unwrap();
    transaction.run(order).await.unwrap();
    let rows = transaction.rows().await.unwrap();
    sqlx::raw_sql("ROLLBACK").execute(rows).await.unwrap();
    let refused = transaction.commit().await;
    assert!(
        matches!(refused, Err(TransactionError::Database(_))),
        "{refused:?}"
    );
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_transaction_of_sqlx_is_adopted() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    execute(&mut connection(&schema).await, ORDERS).await;
    // Of another pool of the database.
    let pool = super::pool_with(schema.options());
    let mut transaction = outbox.adopt(pool.begin().await.unwrap()).unwrap();
    transaction.run(order).await.unwrap();
    transaction.commit().await.unwrap();
    assert_ne!(outbox.changed(0).await, 0, "a worker is woken");
    assert_eq!(counts(&outbox).await, [2, 0, 0]);
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_send_is_a_transaction() {
    let schema = Schema::new().await;
    let outbox = outbox_with(schema.options()).await;
    let email = "ada@example.org";
    assert!(outbox.send(Paid { email }).await.unwrap().is_ok());
    let report = outbox.send_async(Shipped { order: 7 }).await;
    assert!(report.unwrap().is_ok());
    assert_eq!(counts(&outbox).await, [3, 0, 0]);
}

/// Stores rows as a database layer other than sqlx does.
async fn store(outbox: &PostgresOutbox, rows: &[SignalRow], layer: &mut PgConnection) {
    let mut transaction = layer.begin().await.unwrap();
    for statement in outbox.insert_statements(rows) {
        let mut query = sqlx::query(statement.sql);
        for value in &statement.values {
            query = query.bind(value);
        }
        query.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    outbox.wake();
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn other_layers_execute_statements_with_texts() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let rows = [
        SignalRow::__new("order.paid", 1, r#""a\u0000'""#, &["ship", "bill"]),
        SignalRow::__new("order.paid", 1, "{}", &[]),
        SignalRow::__new("order.sent", 1, "{}", &["ship"]),
    ];
    store(&outbox, &rows, &mut connection(&schema).await).await;
    assert_ne!(outbox.changed(0).await, 0);
    assert_eq!(outbox.insert_statements(&[]), []);
    assert_eq!(outbox.insert_statements(&rows[1..2]), []);
    let stored = claim(&outbox).await;
    assert_eq!(stored.len(), 2);
    assert_eq!(
        (stored[0].id, &*stored[0].signal),
        (rows[0].id(), "order.paid")
    );
    assert_eq!(stored[0].payload, rows[0].payload());
    assert_eq!(
        (stored[1].id, &*stored[1].signal),
        (rows[2].id(), "order.sent")
    );
}

#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn many_rows_are_inserted_in_several_statements() {
    let schema = Schema::new().await;
    let outbox = outbox(&schema).await;
    let payload = format!("\"{}\"", "x".repeat(999_998));
    let rows = (0..20).map(|_| SignalRow::__new("order.paid", 1, &payload, &["ship"]));
    let rows: Vec<_> = rows.collect();
    let statements = outbox.insert_statements(&rows);
    assert_eq!(statements.len(), 3, "of 8 MiB of payload each");
    assert!(!format!("{statements:?}").contains("xx"));
    outbox.insert(rows).await.unwrap();
    assert_eq!(counts(&outbox).await, [20, 0, 0]);
}

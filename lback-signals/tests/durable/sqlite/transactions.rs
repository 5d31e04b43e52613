//! Sending in transactions of the application.

use std::sync::Mutex;

use lback_signals::durable::{
    EnqueueError, EnqueueLimits, MemoryOutbox, Outbox, OutboxError, SignalRow, SqliteOutbox,
};
use lback_signals::{Res, Scope, Signal, TransactionError, receiver, signal, within};
use sqlx::Connection as _;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use super::{Folder, claim, counts, execute, number, outbox, outbox_in_memory, row, ship};

#[signal(durable(name = "sqlite.transactions.paid", version = 1))]
struct Paid<'a> {
    email: &'a str,
}

#[receiver(signal = Paid, durable(name = "sqlite.transactions.receipt"))]
fn receipt(_: &Paid<'_>) {
    unreachable!("no worker runs");
}

#[receiver(signal = Paid, durable(name = "sqlite.transactions.book"))]
async fn book(_: &Paid<'_>) {
    unreachable!("no worker runs");
}

/// The calls of receivers that wait for the end of the transaction.
#[derive(Default)]
struct Ends(Mutex<Vec<&'static str>>);

#[receiver(signal = Paid, after_commit)]
fn committed(_: &Paid<'_>, ends: Option<Res<'_, Ends>>) {
    if let Some(ends) = ends {
        ends.0.lock().unwrap().push("committed");
    }
}

#[receiver(signal = Paid, after_rollback)]
fn rolled_back(_: &Paid<'_>, ends: Option<Res<'_, Ends>>) {
    if let Some(ends) = ends {
        ends.0.lock().unwrap().push("rolled back");
    }
}

#[signal(async, durable(name = "sqlite.transactions.shipped", version = 1))]
struct Shipped {
    order: u32,
}

#[receiver(signal = Shipped)]
async fn follow(_: &Shipped) {}

#[receiver(signal = Shipped, durable(name = "sqlite.transactions.track"))]
async fn track(_: &Shipped) {
    unreachable!("no worker runs");
}

const ORDERS: &str = "CREATE TABLE orders (id INTEGER PRIMARY KEY)";
const COUNT: &str = "SELECT count(*) FROM orders";

async fn order(rows: &mut sqlx::SqliteConnection) -> Result<(), TransactionError> {
    let insert = sqlx::query("INSERT INTO orders DEFAULT VALUES");
    insert.execute(rows).await?;
    assert!(
        Paid {
            email: "ada@example.org"
        }
        .send()
        .is_ok()
    );
    Ok(())
}

#[tokio::test]
async fn deliveries_are_committed_with_the_rows_of_the_application() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let mut other = folder.connection().await;
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

#[signal(durable(name = "sqlite.transactions.closed", version = 1))]
struct Closed {
    order: u32,
}

/// Writes to the database itself.
#[receiver(signal = Closed, after_commit)]
fn archive(closed: &Closed, outbox: Option<Res<'_, SqliteOutbox>>) {
    if let Some(outbox) = outbox {
        let order = closed.order;
        assert_eq!(order, 7);
        let insert = outbox.insert(vec![row()]);
        let inserted = block_in_place(|| Handle::current().block_on(insert));
        inserted.unwrap();
    }
}

#[receiver(signal = Closed, durable(name = "sqlite.transactions.file"))]
fn file(_: &Closed) {
    unreachable!("no worker runs");
}

/// In SQLite in memory, whose only connection is free again, too.
#[tokio::test(flavor = "multi_thread")]
async fn receivers_that_wait_for_the_commit_may_write() {
    let outbox = outbox_in_memory().await;
    let scope = Scope::new().provide(outbox.clone());
    let committed = scope.run_async(async {
        within(&outbox, async |tx| {
            tx.run(async |_| {
                assert!(Closed { order: 7 }.send().is_ok());
                Ok::<_, TransactionError>(())
            })
            .await
        })
        .await
    });
    committed.await.unwrap();
    assert_eq!(counts(&outbox).await, [2, 0, 0]);
    let sent = scope.run_async(async { outbox.send(Closed { order: 7 }).await });
    assert!(sent.await.unwrap().is_ok());
    assert_eq!(counts(&outbox).await, [4, 0, 0]);
}

#[tokio::test]
async fn a_savepoint_takes_its_deliveries_back() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    execute(&mut folder.connection().await, ORDERS).await;
    let mut transaction = outbox.begin().await.unwrap();
    transaction.run(order).await.unwrap();
    let mut savepoint = transaction.savepoint().await.unwrap();
    savepoint.run(order).await.unwrap();
    savepoint.rollback().await.unwrap();
    let mut savepoint = transaction.savepoint().await.unwrap();
    savepoint.run(order).await.unwrap();
    savepoint.commit().await.unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(counts(&outbox).await, [4, 0, 0]);
}

#[tokio::test]
async fn a_transaction_of_sqlx_is_adopted() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    execute(&mut folder.connection().await, ORDERS).await;
    // Of another pool of the file.
    let pool = folder.pool().await;
    let begun = pool.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let mut transaction = outbox.adopt(begun).unwrap();
    transaction.run(order).await.unwrap();
    let seen = outbox.changed(0).await;
    transaction.commit().await.unwrap();
    assert_ne!(outbox.changed(seen).await, seen, "a worker is woken");
    assert_eq!(counts(&outbox).await, [2, 0, 0]);
}

#[tokio::test]
async fn a_refused_delivery_takes_the_rows_of_the_application_back() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let outbox = outbox.with_limits(EnqueueLimits::default().with_deliveries(3));
    let mut other = folder.connection().await;
    execute(&mut other, ORDERS).await;
    let mut transaction = outbox.begin().await.unwrap();
    transaction.run(order).await.unwrap();
    transaction
        .run(async |_| {
            assert!(
                !Paid {
                    email: "ada@example.org"
                }
                .send()
                .is_ok()
            );
            Ok::<_, TransactionError>(())
        })
        .await
        .unwrap();
    let refused = transaction.commit().await.unwrap_err();
    let is_limit = matches!(
        refused,
        TransactionError::Enqueue(EnqueueError::TooManyDeliveries { limit: 3 })
    );
    assert!(is_limit, "{refused:?}");
    assert_eq!(counts(&outbox).await, [0, 0, 0]);
    assert_eq!(number(&mut other, COUNT).await, 0);
}

#[tokio::test]
async fn a_signal_of_a_mebibyte_is_stored_and_one_byte_more_is_not() {
    let outbox = outbox_in_memory().await;
    let overhead = r#"{"email":""}"#.len();
    let email = "x".repeat((1 << 20) - overhead);
    outbox.send(Paid { email: &email }).await.unwrap();
    assert_eq!(counts(&outbox).await, [2, 0, 0]);
    let email = email + "x";
    let refused = outbox.send(Paid { email: &email }).await.unwrap_err();
    let is_limit = matches!(
        refused,
        OutboxError::Enqueue(EnqueueError::PayloadTooLarge {
            limit: 1_048_576,
            ..
        })
    );
    assert!(is_limit, "{refused:?}");
    assert!(!refused.is_transient());
    assert_eq!(counts(&outbox).await, [2, 0, 0]);
}

#[tokio::test]
async fn a_send_is_a_transaction() {
    let ends = std::sync::Arc::new(Ends::default());
    let folder = Folder::new();
    let outbox = SqliteOutbox::new(folder.impatient_pool().await)
        .await
        .unwrap();
    let scope = Scope::new().provide_dyn(std::sync::Arc::clone(&ends));
    scope
        .run_async(async {
            let report = outbox
                .send(Paid {
                    email: "ada@example.org",
                })
                .await
                .unwrap();
            assert!(report.is_ok());
            assert_eq!(*ends.0.lock().unwrap(), ["committed"]);
            let mut other = folder.connection().await;
            execute(&mut other, "BEGIN IMMEDIATE").await;
            let refused = outbox
                .send(Paid {
                    email: "ada@example.org",
                })
                .await;
            assert!(
                matches!(refused, Err(OutboxError::Locked(_))),
                "{refused:?}"
            );
            assert_eq!(*ends.0.lock().unwrap(), ["committed", "rolled back"]);
        })
        .await;
    let report = outbox.send_async(Shipped { order: 7 }).await.unwrap();
    assert_eq!(report.delivered(), 1);
    assert_eq!(counts(&outbox).await, [3, 0, 0]);
}

/// The calls of a database layer other than sqlx.
#[tokio::test]
async fn other_layers_execute_statements_with_texts() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let seen = outbox.changed(0).await;
    let text = "a\u{1F980}\\u0000'";
    let rows = [
        SignalRow::__new("order.paid", 1, &format!("\"{text}\""), &["ship", "bill"]),
        SignalRow::__new("order.paid", 1, "{}", &[]),
        SignalRow::__new("order.sent", 1, "{}", &["ship"]),
    ];
    let mut layer = folder.connection().await;
    let mut transaction = layer.begin().await.unwrap();
    for statement in outbox.insert_statements(&rows) {
        let mut query = sqlx::query(statement.sql);
        for value in &statement.values {
            query = query.bind(value);
        }
        query.execute(&mut *transaction).await.unwrap();
    }
    transaction.commit().await.unwrap();
    outbox.wake();
    assert_ne!(outbox.changed(seen).await, seen);
    assert_eq!(outbox.insert_statements(&[]), []);

    // The same as the outbox itself stores.
    let memory = MemoryOutbox::new();
    memory.insert(rows.to_vec()).await.unwrap();
    let expected = memory.claim(&super::request(9)).await.unwrap();
    let stored = claim(&outbox).await;
    assert_eq!(stored.len(), 2);
    for (stored, expected) in stored.iter().zip(expected) {
        assert_eq!(stored.id, expected.id);
        assert_eq!(stored.signal, expected.signal);
        assert_eq!(stored.payload, expected.payload);
        assert_eq!(stored.receiver, expected.receiver);
    }
    let due = outbox.next_due(&[ship(1)]).await.unwrap();
    assert!(due.is_some(), "until the end of the lease");
}

#[tokio::test]
async fn many_rows_are_inserted_in_several_statements() {
    let outbox = outbox_in_memory().await;
    let payload = format!("\"{}\"", "x".repeat(999_998));
    let rows = (0..20).map(|_| SignalRow::__new("order.paid", 1, &payload, &["ship"]));
    let rows: Vec<_> = rows.collect();
    let statements = outbox.insert_statements(&rows);
    assert_eq!(
        statements.len(),
        6,
        "of 8 MiB of payload each, and their deliveries"
    );
    assert!(!format!("{statements:?}").contains("xx"));
    outbox.insert(rows).await.unwrap();
    assert_eq!(counts(&outbox).await, [20, 0, 0]);
}

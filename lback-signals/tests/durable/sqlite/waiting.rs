//! Writers that wait for each other, and connections that were left in a transaction.

use std::time::Duration;

use lback_signals::TransactionError;
use lback_signals::durable::{Ending, Outbox, OutboxError, SqliteOutbox};
use sqlx::sqlite::SqlitePoolOptions;

use super::{Folder, claim, claimed, counts, execute, outbox, outbox_in_memory, row};

/// SQLite's own lock would be waited for with pauses, and lost in 20 ms.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_a_process_take_turns() {
    let folder = Folder::new();
    let outbox = SqliteOutbox::new(folder.impatient_pool().await)
        .await
        .unwrap();
    let writers = (0..16).map(|writer| {
        let outbox = outbox.clone();
        tokio::spawn(async move {
            for _ in 0..5 {
                if writer % 2 == 0 {
                    let mut transaction = outbox.begin().await.unwrap();
                    transaction.rows().await.unwrap();
                    tokio::time::sleep(Duration::from_millis(5)).await;
                    transaction.commit().await.unwrap();
                } else {
                    outbox.insert(vec![row()]).await.unwrap();
                }
            }
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    assert_eq!(counts(&outbox).await, [40, 0, 0]);
}

#[tokio::test]
async fn a_wait_for_a_transaction_of_the_same_task_ends() {
    let folder = Folder::new();
    let outbox = outbox(&folder).await;
    let transaction = outbox.begin().await.unwrap();
    tokio::time::pause();
    let refused = outbox.insert(vec![row()]).await.unwrap_err();
    assert!(matches!(refused, OutboxError::Locked(_)), "{refused:?}");
    let refused = outbox.begin().await.map(drop);
    assert!(
        matches!(refused, Err(TransactionError::Busy)),
        "{refused:?}"
    );
    tokio::time::resume();
    transaction.commit().await.unwrap();
    outbox.insert(vec![row()]).await.unwrap();
}

#[tokio::test]
async fn a_connection_that_was_left_in_a_transaction_is_used_again() {
    let folder = Folder::new();
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect_with(folder.options()).await.unwrap();
    let outbox = SqliteOutbox::new(pool.clone()).await.unwrap();
    // Statements that sqlx does not count.
    execute(&mut pool.acquire().await.unwrap(), "BEGIN").await;
    outbox.insert(vec![row()]).await.unwrap();
    execute(&mut pool.acquire().await.unwrap(), "BEGIN IMMEDIATE").await;
    let claims = claim(&outbox).await;
    execute(&mut pool.acquire().await.unwrap(), "BEGIN IMMEDIATE").await;
    drop(outbox.begin().await.unwrap());
    pool.close().await;
    let outbox = self::outbox(&folder).await;
    assert_eq!(counts(&outbox).await, [0, 1, 0], "both are committed");
    let lost = outbox.finish(&[(claims[0].claim, Ending::Done)]).await;
    assert_eq!(lost.unwrap(), []);
}

#[tokio::test]
async fn a_connection_whose_transaction_sqlite_has_ended_is_used_again() {
    let outbox = outbox_in_memory().await;
    for _ in 0..3 {
        let mut transaction = outbox.begin().await.unwrap();
        let rows = transaction.rows().await.unwrap();
        let ended = "CREATE TABLE once (number INTEGER UNIQUE); INSERT INTO once VALUES (1); \
            INSERT OR ROLLBACK INTO once VALUES (1)";
        assert!(sqlx::raw_sql(ended).execute(rows).await.is_err());
        let refused = transaction.commit().await.unwrap_err();
        let is_told = matches!(refused, TransactionError::RolledBackBySqlite);
        assert!(is_told, "{refused:?}");
        let claim = claimed(&outbox).await;
        assert_eq!(outbox.finish(&[(claim, Ending::Done)]).await.unwrap(), []);
    }
}

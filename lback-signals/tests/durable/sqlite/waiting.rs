//! Writers that wait for each other, and connections that were left in a transaction.

use std::error::Error as _;
use std::time::Duration;

use lback_signals::TransactionError;
use lback_signals::durable::{Ending, Outbox, OutboxError, SqliteOutbox};
use sqlx::sqlite::SqlitePoolOptions;

use super::{Folder, claim, claimed, counts, execute, outbox, outbox_in_memory, request, row};

/// SQLite's own lock would be waited for with pauses, and lost in 20 ms.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writers_of_a_process_take_turns() {
    for connections in [1, 2, 10] {
        let folder = Folder::new();
        let pool = SqlitePoolOptions::new().max_connections(connections);
        let impatient = folder.options().busy_timeout(Duration::from_millis(20));
        let pool = pool.connect_with(impatient).await.unwrap();
        let outbox = SqliteOutbox::new(pool.clone()).await.unwrap();
        let tasks = (0..16).map(|task| {
            let (outbox, pool) = (outbox.clone(), pool.clone());
            tokio::spawn(async move {
                for _ in 0..5 {
                    match task % 4 {
                        0 => drop(pool.acquire().await.unwrap()),
                        1 => {
                            let mut transaction = outbox.begin().await.unwrap();
                            transaction.rows().await.unwrap();
                            tokio::time::sleep(Duration::from_millis(5)).await;
                            transaction.commit().await.unwrap();
                        }
                        _ => outbox.insert(vec![row()]).await.unwrap(),
                    }
                }
            })
        });
        for task in tasks.collect::<Vec<_>>() {
            task.await.unwrap();
        }
        assert_eq!(counts(&outbox).await, [40, 0, 0]);
    }
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

/// More tasks than could wait for an idle connection one by one, in their turns.
#[tokio::test]
async fn tasks_that_hold_all_connections_are_told_of_the_pool() {
    let folder = Folder::new();
    let pool = SqlitePoolOptions::new().max_connections(2);
    let pool = pool.connect_with(folder.options()).await.unwrap();
    let outbox = SqliteOutbox::new(pool.clone()).await.unwrap();
    let held = [pool.acquire().await.unwrap(), pool.acquire().await.unwrap()];
    let tasks: Vec<_> = (0..100)
        .map(|task| {
            let outbox = outbox.clone();
            tokio::spawn(async move {
                match task % 3 {
                    0 => outbox.claim(&request(1)).await.map(drop),
                    1 => outbox.insert(vec![row()]).await,
                    _ => outbox.begin().await.map(drop).map_err(OutboxError::from),
                }
            })
        })
        .collect();
    tokio::time::pause();
    for task in tasks {
        let refused = task.await.unwrap().unwrap_err();
        assert!(
            matches!(refused, OutboxError::Unavailable(_)),
            "{refused:?}"
        );
        let cause = refused.source().unwrap().to_string();
        assert!(cause.contains("pool timed out"), "{cause}");
    }
    tokio::time::resume();
    drop(held);
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

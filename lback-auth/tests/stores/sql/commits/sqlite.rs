//! In SQLite.

use std::time::{Duration, Instant};

use lback_auth::{AccountStore, Inserted, StoreError, UnverifiedHolders};
use lback_signals::CommitOutcome;

use super::{NOW, ada, is_refused};
use crate::databases::sqlite;
use crate::sql::{commit, insert};

const DEFERRED: &str = "CREATE TABLE plan (account INTEGER \
    REFERENCES lback_account (id) DEFERRABLE INITIALLY DEFERRED); \
    INSERT INTO plan VALUES (1000000)";

#[tokio::test]
async fn a_constraint_that_is_deferred_fails_the_commit() {
    let (store, _folder) = sqlite().await;
    let mut transaction = store.begin().await.unwrap();
    let inserted = store
        .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
        .await;
    assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
    let planned = sqlx::raw_sql(DEFERRED).execute(transaction.connection());
    planned.await.unwrap();
    let outcome = store.commit(transaction).await;
    assert!(is_refused(&outcome), "{outcome:?}");
    assert!(store.page(None, 9).await.unwrap().is_empty());
    insert(&store, &ada()).await;
}

#[tokio::test]
async fn a_full_disk_rolls_back_and_the_store_goes_on() {
    let (store, _folder) = sqlite().await;
    let mut outcomes = Vec::new();
    // More transactions than the pool has connections.
    for _ in 0..12 {
        let mut transaction = store.begin().await.unwrap();
        let inserted = store
            .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
            .await;
        assert!(matches!(inserted, Ok(Inserted::Stored { .. })));
        let connection = transaction.connection();
        let full = "CREATE TABLE note (text TEXT); PRAGMA max_page_count = 1; \
            INSERT INTO note VALUES (zeroblob(1000000))";
        assert!(sqlx::raw_sql(full).execute(connection).await.is_err());
        outcomes.push(store.commit(transaction).await);
    }
    for outcome in outcomes {
        assert!(
            matches!(outcome, CommitOutcome::RolledBack(_)),
            "{outcome:?}"
        );
    }
    assert!(store.page(None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wait_for_a_transaction_of_the_same_task_ends() {
    let (store, _folder) = sqlite().await;
    let transaction = store.begin().await.unwrap();
    let start = Instant::now();
    let waited = store.begin().await;
    assert!(matches!(waited, Err(StoreError::TimedOut(_))), "{waited:?}");
    assert!(start.elapsed() >= Duration::from_secs(4));
    commit(&store, transaction).await;
}

/// A copy of that file is complete.
#[tokio::test]
async fn a_store_that_is_closed_leaves_one_file() {
    let (store, folder) = sqlite().await;
    let ada = insert(&store, &ada()).await;
    store.close().await;
    let refused = store.find(&ada).await;
    assert!(
        matches!(refused, Err(StoreError::Unavailable(_))),
        "{refused:?}"
    );

    let file = folder.file();
    let beside = std::fs::read_dir(file.parent().unwrap()).unwrap().count();
    assert_eq!(beside, 1);
    let again = lback_auth::SqliteStore::open(file).await.unwrap();
    assert!(again.find(&ada).await.unwrap().is_some());
}

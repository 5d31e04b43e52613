//! In SQLite.

use lback_auth::{
    AccountStore, AuditEntry, Inserted, SqliteStore, SqliteTransaction, StoreError, User,
};
use lback_signals::CommitOutcome;
use sqlx::Connection as _;
use sqlx::sqlite::SqlitePoolOptions;

use super::savepoints;
use crate::commits::{NOW, ada, is_refused, polled};
use crate::databases::sqlite as database;
use crate::insert;

fn bob() -> User {
    User::new("bob", "bob@example.org").unwrap()
}

savepoints! {
    a_savepoint_that_is_dropped_unanswered_is_not_committed: async |rows: &mut SqliteTransaction| {
        while polled(1, rows.connection().begin()).await.is_some() {}
    },
    a_savepoint_that_is_open_is_not_committed: async |rows: &mut SqliteTransaction| {
        std::mem::forget(rows.connection().begin().await.unwrap());
    },
}

/// A statement for which there is no room, and room for those after it.
const FULL: [&str; 2] = [
    "CREATE TABLE note (text TEXT); PRAGMA max_page_count = 1; \
     INSERT INTO note VALUES (zeroblob(1000000))",
    "PRAGMA max_page_count = 1000000",
];

#[tokio::test]
async fn nothing_is_written_after_sqlite_has_rolled_back() {
    // What is in memory is gone with its connection.
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect("sqlite::memory:");
    let store = SqliteStore::from_pool(pool.await.unwrap()).await.unwrap();
    insert(&store, &bob()).await;
    for _ in 0..3 {
        let mut transaction = store.begin().await.unwrap();
        let mut is_full = false;
        for statement in FULL {
            let done = sqlx::raw_sql(statement).execute(transaction.connection());
            is_full |= done.await.is_err();
        }
        assert!(is_full);
        for _ in 0..2 {
            let refused = store.insert(&mut transaction, &ada(), true, NOW).await;
            assert!(
                matches!(refused, Err(StoreError::Refused(_))),
                "{refused:?}"
            );
        }
        let outcome = store.commit(transaction).await;
        assert!(is_refused(&outcome), "{outcome:?}");
        assert_eq!(store.page(None, 9).await.unwrap().len(), 1);
    }
    let mut transaction = store.begin().await.unwrap();
    let inserted = store.insert(&mut transaction, &ada(), true, NOW).await;
    assert!(
        matches!(inserted, Ok(Inserted::Stored { .. })),
        "{inserted:?}"
    );
    let outcome = store.commit(transaction).await;
    assert!(matches!(outcome, CommitOutcome::Committed), "{outcome:?}");
}

#[tokio::test]
async fn a_path_that_names_no_file_is_refused() {
    for path in [
        ":memory:",
        "",
        "file::memory:",
        "file:a?mode=memory&cache=shared",
    ] {
        let refused = SqliteStore::open(path).await;
        assert!(
            matches!(refused, Err(StoreError::NoFile)),
            "{path}: {refused:?}"
        );
    }
}

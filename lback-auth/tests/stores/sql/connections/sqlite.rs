//! In SQLite.

use std::time::Duration;

use lback_auth::{
    AccountStore, Attempt, AttemptKey, AttemptLimit, AttemptTime, AuditEntry, Inserted, Remember,
    Reservation, Session, SessionDigest, SessionTimeouts, SqliteStore, SqliteTransaction,
    StoreError, UnverifiedHolders, User, UserId,
};
use lback_signals::CommitOutcome;
use sqlx::Connection as _;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use tokio::task::yield_now;

use super::savepoints;
use crate::databases::sqlite as database;
use crate::databases::sqlite::Folder;
use crate::sql::commits::{NOW, ada, is_refused, polled};
use crate::sql::{commit, insert};

const DAY: Duration = Duration::from_hours(24);

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

/// Statements that leave a transaction open, and whether other connections can write then.
const LEFT: [(&str, bool); 5] = [
    ("BEGIN; SELECT count(*) FROM lback_account", true),
    ("SAVEPOINT a; SELECT count(*) FROM lback_account", true),
    ("BEGIN; CREATE TABLE half_done (n INTEGER)", false),
    ("BEGIN IMMEDIATE", false),
    ("BEGIN EXCLUSIVE", false),
];

fn attempt() -> Attempt {
    Attempt {
        subject: (AttemptKey([7; 32]), AttemptLimit::new(1)),
        client: None,
    }
}

#[tokio::test]
async fn a_transaction_that_is_open_on_a_pooled_connection_is_not_used() {
    for (left, others_write) in LEFT {
        for operation in 0..4 {
            let (other, folder) = database().await;
            let pool = SqlitePoolOptions::new()
                .max_connections(1)
                .connect_lazy_with(SqliteConnectOptions::new().filename(folder.file()));
            let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
            sqlx::raw_sql(left).execute(&pool).await.unwrap();
            let mut ada_is_stored = None;
            if others_write {
                ada_is_stored = Some(insert(&other, &ada()).await);
            }
            match (operation, ada_is_stored) {
                (0, Some(ada)) => assert!(store.find(&ada).await.unwrap().is_some(), "{left}"),
                (0, None) => assert!(store.page(None, 9).await.unwrap().is_empty(), "{left}"),
                (1, _) => {
                    for reserved in [Reservation::Granted, Reservation::Granted] {
                        let granted = store
                            .reserve_attempt(&attempt(), AttemptTime::At(NOW))
                            .await;
                        assert_eq!(granted.unwrap(), reserved, "{left}");
                    }
                    let refused = other
                        .reserve_attempt(&attempt(), AttemptTime::At(NOW))
                        .await;
                    assert!(
                        matches!(refused, Ok(Reservation::Refused { .. })),
                        "{left}: {refused:?}"
                    );
                }
                (2, ada_is_stored) => {
                    let session = SessionDigest::of("token").unwrap();
                    if let Some(ada) = &ada_is_stored {
                        start_session(&other, ada, &session).await;
                    }
                    let found = store.find_session(&session, NOW).await.unwrap();
                    assert_eq!(found.is_some(), others_write, "{left}");
                }
                _ => {
                    let bob = insert(&store, &bob()).await;
                    assert!(other.find(&bob).await.unwrap().is_some(), "{left}");
                }
            }
            // The transaction has ended, so others can write.
            let transaction = other.begin().await.unwrap();
            commit(&other, transaction).await;
            let half_done = "SELECT count(*) FROM sqlite_schema WHERE name = 'half_done'";
            let half_done = sqlx::query_scalar::<_, i64>(half_done);
            assert_eq!(half_done.fetch_one(&pool).await.unwrap(), 0, "{left}");
        }
    }
}

async fn start_session(store: &SqliteStore, account: &UserId, digest: &SessionDigest) {
    let session = Session::new(
        account.clone(),
        NOW,
        SessionTimeouts::new(DAY, DAY),
        Remember::No,
    );
    let mut transaction = store.begin().await.unwrap();
    let inserted = store
        .insert_session(&mut transaction, digest, &session)
        .await;
    inserted.unwrap();
    commit(store, transaction).await;
}

#[tokio::test]
async fn a_search_for_a_session_that_is_dropped_leaves_no_transaction_open() {
    // The in-memory database ends with its connection. `test_before_acquire` is off, since sqlx closes a connection if
    // the future of that check is dropped.
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .test_before_acquire(false)
        .connect("sqlite::memory:");
    let pool = pool.await.unwrap();
    let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
    let ada = insert(&store, &ada()).await;
    let digest = SessionDigest::of("token").unwrap();
    // The connection runs on its own thread, which may finish the message before the drop.
    for round in 0..300 {
        let polls = 1 + round % 3;
        drop(polled(polls, store.find_session(&digest, NOW)).await);
        for statement in ["BEGIN", "ROLLBACK"] {
            let done = sqlx::raw_sql(statement).execute(&pool).await;
            assert!(done.is_ok(), "dropped after {polls} polls: {done:?}");
        }
    }
    assert!(store.find(&ada).await.unwrap().is_some());
}

#[tokio::test]
async fn a_search_for_a_session_ends_the_transaction_that_is_open_on_its_connection() {
    let (store, folder) = database().await;
    let options = SqliteConnectOptions::new().filename(folder.file());
    let pool = SqlitePoolOptions::new()
        .max_connections(2)
        .connect_lazy_with(options);
    let other = SqliteStore::from_pool(pool.clone()).await.unwrap();
    let [mut left, healthy] = [pool.acquire().await.unwrap(), pool.acquire().await.unwrap()];
    let begun = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut *left);
    begun.await.unwrap();
    // The pool hands out the connection that was returned first.
    for (idle, connection) in (1..).zip([left, healthy]) {
        drop(connection);
        while pool.num_idle() < idle {
            yield_now().await;
        }
    }
    let digest = SessionDigest::of("token").unwrap();
    assert!(other.find_session(&digest, NOW).await.unwrap().is_none());
    insert(&store, &ada()).await;
}

#[tokio::test]
async fn a_transaction_that_is_open_is_ended_while_another_connection_writes() {
    let (other, folder) = database().await;
    let options = SqliteConnectOptions::new()
        .filename(folder.file())
        .busy_timeout(Duration::ZERO);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
    let left = sqlx::raw_sql("BEGIN; SELECT count(*) FROM lback_account");
    left.execute(&pool).await.unwrap();
    let writes = other.begin().await.unwrap();
    let refused = store.begin().await;
    assert!(
        matches!(refused, Err(StoreError::TimedOut(_))),
        "{refused:?}"
    );
    commit(&other, writes).await;
    insert(&other, &ada()).await;
    let accounts = sqlx::query_scalar::<_, i64>("SELECT count(*) FROM lback_account");
    assert_eq!(accounts.fetch_one(&pool).await.unwrap(), 1);
}

#[tokio::test]
async fn a_transaction_that_is_open_does_not_keep_a_store_from_being_made() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.file())
        .create_if_missing(true);
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        .connect_lazy_with(options);
    let left = sqlx::raw_sql("BEGIN; CREATE TABLE half_done (n INTEGER)");
    left.execute(&pool).await.unwrap();
    let store = SqliteStore::from_pool(pool.clone()).await.unwrap();
    insert(&store, &ada()).await;
    let mode = sqlx::query_scalar::<_, String>("PRAGMA journal_mode");
    assert_eq!(mode.fetch_one(&pool).await.unwrap(), "wal");
}

/// A statement that fills the disk, and one that makes room for those after it.
const FULL: [&str; 2] = [
    "CREATE TABLE note (text TEXT); PRAGMA max_page_count = 1; \
     INSERT INTO note VALUES (zeroblob(1000000))",
    "PRAGMA max_page_count = 1000000",
];

#[tokio::test]
async fn nothing_is_written_after_sqlite_has_rolled_back() {
    // The store keeps the connection: a database in memory does not outlast it.
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
            let refused = store
                .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
                .await;
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
    let inserted = store
        .insert(&mut transaction, &ada(), UnverifiedHolders::Replace, NOW)
        .await;
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

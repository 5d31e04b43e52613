//! In SQLite, and how its files are opened.

use std::thread;
use std::time::Duration;

use lback_auth::{AccountStore, SqliteStore, StoreError, User};
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{ConnectOptions, Row};

use super::MANY;
use crate::databases::sqlite;
use crate::databases::sqlite::Folder;
use crate::sql::{commit, insert};

#[test]
fn many_create_the_tables() {
    let folder = Folder::new();
    let file = &folder.file();
    // Each store has its thread and runtime, like a process.
    thread::scope(|scope| {
        let threads = (0..MANY).map(|_| scope.spawn(|| block_on(SqliteStore::open(file))));
        for thread in threads.collect::<Vec<_>>() {
            thread.join().unwrap().unwrap();
        }
    });
    assert_eq!(versions(&folder), [6]);
}

#[test]
fn an_account_is_there_when_the_store_is_opened_again() {
    let folder = Folder::new();
    let ada = User::new("ada", "ada@example.org").unwrap();
    let stored = block_on(async {
        let store = SqliteStore::open(folder.file()).await.unwrap();
        insert(&store, &ada).await
    });
    let found = block_on(async {
        let store = SqliteStore::open(folder.file()).await.unwrap();
        store.find(&stored).await.unwrap()
    });
    assert!(found.is_some());
}

#[test]
fn older_tables_are_left_alone() {
    let folder = Folder::new();
    block_on(SqliteStore::open(folder.file())).unwrap();
    execute(&folder, "UPDATE lback_schema SET version = 1");
    let refused = block_on(SqliteStore::open(folder.file())).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the accounts' tables have version 1, but this program requires version 6: drop the \
         tables, or use the program that created them"
    );
    assert_eq!(versions(&folder), [1]);
}

#[test]
fn newer_tables_are_left_alone() {
    let folder = Folder::new();
    block_on(SqliteStore::open(folder.file())).unwrap();
    execute(
        &folder,
        "INSERT INTO lback_schema (version, accounts) VALUES (7, 'lback_account')",
    );
    let refused = block_on(SqliteStore::open(folder.file())).unwrap_err();
    assert!(matches!(
        refused,
        StoreError::NewerSchema { found: 7, known: 6 }
    ));
}

#[test]
fn tables_that_are_up_to_date_are_not_written() {
    let folder = Folder::new();
    block_on(SqliteStore::open(folder.file())).unwrap();
    block_on(async {
        let options = SqliteConnectOptions::new().filename(folder.file());
        let mut writer = options.connect().await.unwrap();
        let lock = sqlx::raw_sql("BEGIN IMMEDIATE").execute(&mut writer);
        lock.await.unwrap();
        SqliteStore::open(folder.file()).await.unwrap();
    });
}

#[tokio::test]
async fn a_file_of_another_mode_is_waited_for() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new().filename(folder.file());
    let mut writer = options.create_if_missing(true).connect().await.unwrap();
    let lock = sqlx::raw_sql("CREATE TABLE note (text TEXT); BEGIN IMMEDIATE");
    lock.execute(&mut writer).await.unwrap();

    let opening = tokio::spawn(SqliteStore::open(folder.file()));
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!opening.is_finished());
    sqlx::raw_sql("COMMIT").execute(&mut writer).await.unwrap();
    opening.await.unwrap().unwrap();
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = Folder::new();
    std::fs::write(
        folder.file(),
        "Dear diary, today I wrote more than a header has.",
    )
    .unwrap();
    let refused = block_on(SqliteStore::open(folder.file()));
    assert!(
        matches!(refused, Err(StoreError::Refused(_))),
        "{refused:?}"
    );
    let missing = folder.file().join("nowhere");
    let unavailable = block_on(SqliteStore::open(missing));
    assert!(
        matches!(unavailable, Err(StoreError::Unavailable(_))),
        "{unavailable:?}"
    );
}

#[tokio::test]
async fn foreign_keys_have_to_be_on() {
    let folder = Folder::new();
    let options = SqliteConnectOptions::new()
        .filename(folder.file())
        .create_if_missing(true);
    let pool = |is_on| SqlitePoolOptions::new().connect_with(options.clone().foreign_keys(is_on));

    let refused = SqliteStore::from_pool(pool(false).await.unwrap()).await;
    assert!(
        matches!(refused, Err(StoreError::ForeignKeysOff)),
        "{refused:?}"
    );
    assert!(
        SqliteStore::from_pool(pool(true).await.unwrap())
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn one_connection_will_do_and_so_will_memory() {
    let pool = SqlitePoolOptions::new().max_connections(1);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    let store = SqliteStore::from_pool(pool).await.unwrap();
    let id = insert(&store, &User::new("ada", "ada@example.org").unwrap()).await;
    assert!(store.find(&id).await.unwrap().is_some());
    let now = lback_auth::AttemptTime::At(time::OffsetDateTime::UNIX_EPOCH);
    store.purge(now).await.unwrap();
}

#[tokio::test]
async fn commits_are_on_the_disk_and_readers_do_not_wait() {
    let (store, _folder) = sqlite().await;
    let mut transaction = store.begin().await.unwrap();
    for (pragma, expected) in [
        ("PRAGMA journal_mode", "wal"),
        ("PRAGMA synchronous", "2"),
        ("PRAGMA foreign_keys", "1"),
        ("PRAGMA busy_timeout", "5000"),
    ] {
        let set = sqlx::raw_sql(pragma).fetch_one(transaction.connection());
        let set = set.await.unwrap();
        let set = set
            .try_get(0)
            .unwrap_or_else(|_| set.get::<i64, _>(0).to_string());
        assert_eq!(set, expected, "{pragma}");
    }
    assert!(store.page(None, 1).await.unwrap().is_empty());
    commit(&store, transaction).await;
}

fn versions(folder: &Folder) -> Vec<i64> {
    let file = SqliteConnectOptions::new().filename(folder.file());
    block_on(async {
        let mut connection = file.connect().await.unwrap();
        let versions = sqlx::query_scalar("SELECT version FROM lback_schema");
        versions.fetch_all(&mut connection).await.unwrap()
    })
}

fn execute(folder: &Folder, sql: &'static str) {
    let file = SqliteConnectOptions::new().filename(folder.file());
    block_on(async {
        let mut connection = file.connect().await.unwrap();
        sqlx::raw_sql(sql).execute(&mut connection).await.unwrap();
    });
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(future)
}

//! Imports of the real file, and of files that are made up.

mod bad_files;
mod bad_rows;
mod batches;
mod collisions;
mod dates;
mod failures;
mod held_already;
mod real_file;
mod turns;
mod untouched;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use indicatif::ProgressBar;
use lback_auth::{
    AccountStore, Accounts, Hasher, MemoryStore, NormalForm, SessionKey, SqliteStore, User,
};
use lback_signals::Scope;
use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;

use super::super::failure::hints;
use super::{Tally, from_lback};

/// An intact hash, as there may be in any database.
const HASH: &str = "$2b$06$xNKrckR4jjbAsoVxi8K2wO6J9kRj6QC6KQtVQRl0.s1OfQR0ROqmW";

/// The path of a database in a new folder, which does not exist yet.
fn new_file() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lback.sqlite3");
    (folder, file)
}

/// A copy of the real file.
fn real_file() -> (TempDir, PathBuf) {
    let (folder, file) = new_file();
    let real = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/lback.sqlite3");
    fs::copy(real, &file).unwrap();
    (folder, file)
}

/// A copy of the real file with so many more rows.
fn large_file(more: u32) -> (TempDir, PathBuf) {
    let (folder, file) = real_file();
    let many_users = include_str!("../../tests/data/many-users.sql");
    let inserted = Connection::open(&file).unwrap().execute(many_users, [more]);
    assert_eq!(inserted.unwrap(), more as usize);
    (folder, file)
}

/// A database whose columns take anything, with these rows in SQL, from the username on.
fn file_of(rows: &[&str]) -> (TempDir, PathBuf) {
    let (folder, file) = empty_file();
    let insert = |row: &&str| format!("INSERT INTO users VALUES (NULL, {row});");
    let inserts: String = rows.iter().map(insert).collect();
    let connection = Connection::open(&file).unwrap();
    connection
        .execute_batch(&format!("BEGIN; {inserts} COMMIT"))
        .unwrap();
    (folder, file)
}

fn empty_file() -> (TempDir, PathBuf) {
    let (folder, file) = new_file();
    let create = "CREATE TABLE users (id INTEGER PRIMARY KEY, username, email, password, is_active, \
        is_email_verified, email_verification_token, email_verification_token_expiry, created_at)";
    Connection::open(&file)
        .unwrap()
        .execute_batch(create)
        .unwrap();
    (folder, file)
}

/// A usable row of a name and an address, for [`file_of`].
fn row(username: &str, email: &str) -> String {
    format!("'{username}', '{email}', '{HASH}', 1, 1, NULL, NULL, '2026-11-22 21:39:33.016170'")
}

/// A new store in memory.
fn in_memory() -> Accounts<MemoryStore> {
    accounts(MemoryStore::new())
}

/// A new store in a file of SQLite in this folder.
async fn in_sqlite(folder: &TempDir) -> Accounts<SqliteStore> {
    accounts(SqliteStore::open(target(folder)).await.unwrap())
}

fn target(folder: &TempDir) -> PathBuf {
    folder.path().join("accounts.db")
}

fn accounts<S: AccountStore>(store: S) -> Accounts<S> {
    Accounts::new(store, SessionKey::new(&[7; 32]).unwrap())
}

/// Imports, and says what was skipped, too.
async fn import<S: AccountStore<User = User>>(
    accounts: &Accounts<S>,
    file: &Path,
    keep_tokens: bool,
) -> (anyhow::Result<Tally>, Vec<String>) {
    let mut skipped = Vec::new();
    let progress = ProgressBar::hidden();
    let mut skip = |row: &super::Skipped| skipped.push(row.to_string());
    let tally = from_lback(
        accounts,
        file,
        keep_tokens,
        &stopped(),
        &progress,
        &mut skip,
    )
    .await;
    if let Ok(tally) = &tally {
        let rows = tally.imported + tally.already_there + tally.skipped;
        assert_eq!(progress.position(), rows, "each row moves the bar");
        assert_eq!(progress.length(), Some(rows));
    }
    (tally, skipped)
}

/// A clock by which no batch ends before its last row.
fn stopped() -> impl Fn() -> Instant {
    let now = Instant::now();
    move || now
}

/// As where people sign in, but with hashes that take no time.
async fn quickly<F: Future>(future: F) -> F::Output {
    let scope = Scope::new().provide(Hasher::insecure_for_tests());
    scope.run_async(future).await
}

/// The account that signs in with this login.
async fn find<S: AccountStore<User = User>>(accounts: &Accounts<S>, login: &str) -> Option<User> {
    let login = NormalForm::of(login);
    accounts.store().find_by_login(&login).await.unwrap()
}

/// The whole chain of an error, as it is shown.
fn message(tally: anyhow::Result<Tally>) -> String {
    format!("{:#}", tally.unwrap_err())
}

/// And what to do about it.
fn advice(tally: anyhow::Result<Tally>) -> String {
    hints::of(&tally.unwrap_err()).unwrap().to_owned()
}

/// All that is in a database.
fn content(file: &Path) -> Vec<Vec<Value>> {
    let connection = Connection::open(file).unwrap();
    let tables: Vec<String> = all(
        &connection,
        "SELECT name FROM sqlite_schema WHERE type = 'table' ORDER BY name",
        |row| row.get(0),
    );
    assert!(tables.iter().any(|table| table == "lback_account"));
    let rows = tables.iter().flat_map(|table| {
        let select = format!("SELECT '{table}', * FROM {table}");
        all(&connection, &select, |row| {
            (0..row.as_ref().column_count())
                .map(|column| row.get(column))
                .collect()
        })
    });
    rows.collect()
}

fn all<T>(
    connection: &Connection,
    sql: &str,
    read: impl FnMut(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> Vec<T> {
    let mut statement = connection.prepare(sql).unwrap();
    let rows = statement.query_map((), read).unwrap();
    rows.map(Result::unwrap).collect()
}

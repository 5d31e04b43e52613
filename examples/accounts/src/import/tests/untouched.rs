//! The imported file stays as it was, also if other programs use it.

use std::fs;
use std::path::Path;

use indicatif::ProgressBar;
use lback_auth::{Accounts, SqliteStore};
use rusqlite::Connection;

use super::super::{Tally, from_lback};
use super::{
    advice, find, import, in_memory, in_sqlite, large_file, message, real_file, row, stopped,
};

fn open_in_wal_mode(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    let mode = "PRAGMA journal_mode = WAL";
    let mode: String = connection.query_row(mode, (), |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    connection
}

fn add_late(connection: &Connection) {
    connection
        .execute_batch(
            "INSERT INTO users SELECT 9999, 'late', 'late@example.org', password, 1, 1, NULL, NULL, \
             NULL, NULL, created_at, updated_at FROM users WHERE id = 1",
        )
        .unwrap();
}

/// Imports, and does something whenever a row is skipped.
async fn import_while(
    accounts: &Accounts<SqliteStore>,
    file: &Path,
    mut act: impl FnMut(),
) -> anyhow::Result<Tally> {
    let progress = ProgressBar::hidden();
    from_lback(accounts, file, false, &stopped(), &progress, &mut |_| act()).await
}

#[tokio::test]
async fn nothing_is_written_to_it_or_left_beside_it() {
    let (folder, file) = real_file();
    let before = fs::read(&file).unwrap();
    let (tally, _) = import(&in_memory(), &file, true).await;
    assert_eq!(tally.unwrap().imported, 10);
    assert_eq!(fs::read(&file).unwrap(), before);
    let beside = fs::read_dir(folder.path()).unwrap();
    assert_eq!(beside.count(), 1);
}

#[tokio::test]
async fn its_path_may_hold_what_means_something_in_a_uri() {
    let (folder, file) = real_file();
    let strange = folder.path().join("a%20b?mode=memory#c.db");
    fs::rename(&file, &strange).unwrap();
    let (tally, _) = import(&in_memory(), &strange, false).await;
    assert_eq!(tally.unwrap().imported, 10);
}

#[tokio::test]
async fn the_write_ahead_log_of_a_running_program_is_read_up_to_the_begin() {
    let (folder, file) = large_file(1_200);
    let writer = open_in_wal_mode(&file);
    writer
        .execute_batch("UPDATE users SET username = 'lovelace' WHERE id = 1")
        .unwrap();
    let accounts = in_sqlite(&folder).await;
    let mut writes_at_first = Some(|| add_late(&writer));
    let tally = import_while(&accounts, &file, || {
        if let Some(write) = writes_at_first.take() {
            write();
        }
    });
    assert_eq!(tally.await.unwrap().imported, 1_210);
    assert!(writes_at_first.is_none());
    assert!(find(&accounts, "lovelace").await.is_some());
    assert!(find(&accounts, "late").await.is_none());

    let (tally, _) = import(&accounts, &file, false).await;
    assert_eq!(tally.unwrap().imported, 1, "the next one reads it");
}

#[tokio::test]
async fn a_file_in_a_read_only_folder_has_to_be_copied() {
    let (folder, file) = real_file();
    open_in_wal_mode(&file).close().unwrap();
    // Even root cannot write there.
    fs::create_dir(folder.path().join("lback.sqlite3-wal")).unwrap();
    let message = message(import(&in_memory(), &file, false).await.0);
    assert!(message.contains("cannot be opened: "), "{message}");
    let advice = advice(import(&in_memory(), &file, false).await.0);
    assert!(advice.contains("or copy it, with the file"), "{advice}");

    let copy = folder.path().join("copy.sqlite3");
    fs::copy(&file, &copy).unwrap();
    let (tally, _) = import(&in_memory(), &copy, false).await;
    assert_eq!(tally.unwrap().imported, 10);
}

#[tokio::test]
async fn a_name_with_quotes_is_a_name() {
    let (_folder, file) = super::file_of(&[&row("o''brien", "o.brien@example.org")]);
    let accounts = in_memory();
    import(&accounts, &file, false).await.0.unwrap();
    assert!(find(&accounts, "O'Brien").await.is_some());
}

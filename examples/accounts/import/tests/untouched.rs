//! The file that is imported is as it was, whoever else uses it.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use indicatif::ProgressBar;
use lback_auth::{AccountStore, Accounts, MemoryStore};
use rusqlite::Connection;

use super::super::frozen::Frozen;
use super::super::{Tally, from_lback};
use super::{find, import, in_memory, message, real_file, row};

fn files(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn open_in_wal_mode(file: &Path) -> Connection {
    let connection = Connection::open(file).unwrap();
    let mode = "PRAGMA journal_mode = WAL";
    let mode: String = connection.query_row(mode, (), |row| row.get(0)).unwrap();
    assert_eq!(mode, "wal");
    connection
}

/// As a program leaves it that stopped long ago.
fn leave_in_wal_mode(file: &Path) {
    open_in_wal_mode(file).close().unwrap();
    let file = File::options().write(true).open(file).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH).unwrap();
}

fn add_late(connection: &Connection) {
    connection
        .execute_batch(
            "INSERT INTO users SELECT 13, 'late', 'late@example.org', password, 1, 1, NULL, NULL, \
             NULL, NULL, created_at, updated_at FROM users WHERE id = 1",
        )
        .unwrap();
}

/// Imports, and does something whenever a row is skipped.
async fn import_while(
    accounts: &Accounts<MemoryStore>,
    file: &Path,
    mut act: impl FnMut(),
) -> anyhow::Result<Tally> {
    let progress = ProgressBar::hidden();
    from_lback(accounts, file, false, &progress, &mut |_| act()).await
}

#[tokio::test]
async fn nothing_is_written_to_it_or_left_beside_it() {
    let (folder, file) = real_file();
    for is_in_wal_mode in [false, true] {
        if is_in_wal_mode {
            leave_in_wal_mode(&file);
        }
        let before = fs::read(&file).unwrap();
        let (tally, _) = import(&in_memory(), &file, true).await;
        assert_eq!(tally.unwrap().imported, 10);
        assert_eq!(fs::read(&file).unwrap(), before);
        assert_eq!(files(folder.path()), ["lback.sqlite3"]);
    }
}

#[tokio::test]
async fn its_path_may_hold_what_means_something_in_a_uri() {
    let (folder, file) = real_file();
    leave_in_wal_mode(&file);
    let strange = folder.path().join("a%20b?mode=memory#c.db");
    fs::rename(&file, &strange).unwrap();
    let (tally, _) = import(&in_memory(), &strange, false).await;
    assert_eq!(tally.unwrap().imported, 10);
}

#[tokio::test]
async fn what_is_in_the_log_of_a_program_that_runs_is_read_and_what_it_writes_later_is_not() {
    let (_folder, file) = real_file();
    let writer = open_in_wal_mode(&file);
    writer
        .execute_batch("UPDATE users SET username = 'lovelace' WHERE id = 1")
        .unwrap();
    let accounts = in_memory();
    let mut writes_at_first = Some(|| add_late(&writer));
    let tally = import_while(&accounts, &file, || {
        if let Some(write) = writes_at_first.take() {
            write();
        }
    });
    assert_eq!(tally.await.unwrap().imported, 10);
    assert!(writes_at_first.is_none());
    assert!(find(&accounts, "lovelace").await.is_some());
    assert!(find(&accounts, "late").await.is_none());

    let (tally, _) = import(&accounts, &file, false).await;
    assert_eq!(tally.unwrap().imported, 1, "the next one reads it");
}

#[test]
fn a_file_that_may_have_been_changed_just_now_is_not_taken_for_one_that_nobody_uses() {
    let (_folder, file) = real_file();
    assert!(
        Frozen::of(&file).unwrap().is_none(),
        "it is not in WAL mode"
    );
    leave_in_wal_mode(&file);
    assert!(Frozen::of(&file).unwrap().is_some());
    let opened = File::options().write(true).open(&file).unwrap();
    let later = SystemTime::now() + Duration::from_hours(1);
    opened.set_modified(later).unwrap();
    assert!(Frozen::of(&file).unwrap().is_none());
}

#[tokio::test]
async fn a_program_that_opens_it_meanwhile_ends_the_import() {
    let (_folder, file) = real_file();
    for stays_open in [true, false] {
        leave_in_wal_mode(&file);
        let accounts = in_memory();
        let mut opened = None;
        let tally = import_while(&accounts, &file, || {
            opened.get_or_insert_with(|| {
                let writer = open_in_wal_mode(&file);
                writer
                    .execute_batch("UPDATE users SET updated_at = updated_at || '9'")
                    .unwrap();
                stays_open.then_some(writer)
            });
        });
        let message = message(tally.await);
        assert!(
            message.starts_with("nothing was imported: another program"),
            "{message}"
        );
        assert!(accounts.store().page(None, 1).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn a_name_with_quotes_is_a_name() {
    let (_folder, file) = super::file_of(&[&row("o''brien", "o.brien@example.org")]);
    let accounts = in_memory();
    import(&accounts, &file, false).await.0.unwrap();
    assert!(find(&accounts, "O'Brien").await.is_some());
}

//! Files that cannot be imported from.

use std::fs::{self, OpenOptions};
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use lback_auth::AccountStore;
use rusqlite::Connection;

use super::{
    advice, content, file_of, import, in_memory, in_sqlite, large_file, message, new_file,
    real_file, row, target,
};

/// The error of an import; no account is imported from the file.
async fn refused(file: &Path) -> String {
    let accounts = in_memory();
    let (tally, skipped) = import(&accounts, file, true).await;
    assert_eq!(skipped, [""; 0]);
    assert!(accounts.store().page(None, 1).await.unwrap().is_empty());
    let message = message(tally);
    assert!(message.contains(&file.display().to_string()), "{message}");
    message
}

#[tokio::test]
async fn a_file_that_is_not_there_is_not_made() {
    let (folder, file) = new_file();
    assert!(refused(&file).await.starts_with("there is no file "));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_folder_is_no_file() {
    let (folder, _) = new_file();
    assert!(refused(folder.path()).await.ends_with(" is no file"));
}

#[tokio::test]
async fn a_text_is_no_database() {
    let (_folder, file) = new_file();
    fs::write(&file, "username,email\n".repeat(100)).unwrap();
    let message = refused(&file).await;
    assert!(message.contains(" is no database of SQLite"), "{message}");
}

#[tokio::test]
async fn an_empty_file_and_another_database_have_no_users() {
    let (_folder, file) = new_file();
    fs::write(&file, "").unwrap();
    let expected = "is no database of lback: it has no table users";
    assert!(refused(&file).await.ends_with(expected));

    let other = Connection::open(&file).unwrap();
    other
        .execute_batch(
            "CREATE TABLE accounts (id INTEGER PRIMARY KEY); CREATE VIEW users AS SELECT 1",
        )
        .unwrap();
    assert!(refused(&file).await.ends_with(expected));
}

#[tokio::test]
async fn a_virtual_table_is_no_table_of_lback() {
    let (_folder, file) = file_of(&[&row("ada", "ada@example.org")]);
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "ALTER TABLE users RENAME TO content;
             CREATE VIRTUAL TABLE users USING fts5(id, username, email, password, is_active,
                 is_email_verified, email_verification_token, email_verification_token_expiry,
                 created_at, content = 'content', content_rowid = 'id')",
        )
        .unwrap();
    assert!(refused(&file).await.ends_with("it has no table users"));
}

#[tokio::test]
async fn columns_that_are_missing_are_named() {
    let (_folder, file) = new_file();
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "CREATE TABLE Users (ID INTEGER PRIMARY KEY, Username, email, password, is_active, \
             email_verification_token, created_at)",
        )
        .unwrap();
    let message = refused(&file).await;
    let expected = "its table users has no ordinary column is_email_verified, \
        email_verification_token_expiry";
    assert!(message.ends_with(expected), "{message}");
}

#[tokio::test]
async fn a_column_that_is_generated_is_no_ordinary_one() {
    let (_folder, file) = file_of(&[&row("ada", "ada@example.org")]);
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "ALTER TABLE users RENAME COLUMN password TO hash;
             ALTER TABLE users ADD COLUMN password AS (hash)",
        )
        .unwrap();
    let message = refused(&file).await;
    let expected = "its table users has no ordinary column password";
    assert!(message.ends_with(expected), "{message}");
}

#[tokio::test]
async fn a_column_that_hides_the_numbers_of_rows_is_refused() {
    let (_folder, file) = file_of(&[&row("ada", "ada@example.org")]);
    let database = Connection::open(&file).unwrap();
    for column in ["RowId", "rowid AS (7)"] {
        let add = format!("ALTER TABLE users ADD COLUMN {column}");
        database.execute(&add, ()).unwrap();
        let message = refused(&file).await;
        assert!(message.ends_with("users has a column rowid"), "{message}");
        let drop = "ALTER TABLE users DROP COLUMN rowid";
        database.execute(drop, ()).unwrap();
    }
}

#[tokio::test]
async fn a_table_whose_rows_have_no_numbers_is_refused() {
    let (_folder, file) = new_file();
    let database = Connection::open(&file).unwrap();
    let columns = "username TEXT PRIMARY KEY, email, password, is_active, is_email_verified, \
        email_verification_token, email_verification_token_expiry, created_at";
    let create = format!("CREATE TABLE Users ({columns}) WITHOUT ROWID");
    database.execute(&create, ()).unwrap();
    let message = refused(&file).await;
    assert!(message.ends_with("users is WITHOUT ROWID"), "{message}");
}

#[tokio::test]
async fn of_a_table_that_counts_other_rows_than_it_has_nothing_is_imported() {
    let (_folder, file) = file_of(&[&row("ada", "ada@example.org")]);
    Connection::open(&file)
        .unwrap()
        .execute_batch(
            "CREATE TABLE others (username); CREATE INDEX theirs ON others (username);
             INSERT INTO others VALUES ('ada'), ('bob');
             CREATE INDEX ours ON users (username);
             PRAGMA writable_schema = ON;
             UPDATE sqlite_schema SET rootpage =
                 (SELECT rootpage FROM sqlite_schema WHERE name = 'theirs') WHERE name = 'ours'",
        )
        .unwrap();
    let message = refused(&file).await;
    let expected = "is damaged: it counts 2 users, but there are 1; ";
    assert!(message.contains(expected), "{message}");
}

#[tokio::test]
async fn a_database_that_another_program_has_locked_is_waited_for_in_vain() {
    let (_folder, file) = real_file();
    let other = Connection::open(&file).unwrap();
    other.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let message = refused(&file).await;
    assert!(
        message.starts_with("another program has locked "),
        "{message}"
    );
    let (tally, _) = import(&in_memory(), &file, true).await;
    let advice = advice(tally);
    assert!(advice.ends_with("try again"), "{advice}");

    other.execute_batch("ROLLBACK").unwrap();
    import(&in_memory(), &file, false).await.0.unwrap();
}

#[tokio::test]
async fn a_damaged_database_is_said_to_be_damaged() {
    let (_folder, file) = real_file();
    overwrite(&file, 4096, 10 * 4096);
    let message = refused(&file).await;
    assert!(message.contains(" is damaged: "), "{message}");

    let (_folder, file) = real_file();
    let truncated = OpenOptions::new().write(true).open(&file).unwrap();
    truncated.set_len(2 * 4096).unwrap();
    let message = refused(&file).await;
    assert!(message.contains(" is damaged: "), "{message}");
}

#[tokio::test]
async fn of_a_database_that_is_damaged_further_on_nothing_is_imported() {
    let (folder, file) = large_file(2000);
    let accounts = in_sqlite(&folder).await;
    let before = content(&target(&folder));
    let page: u64 = Connection::open(&file)
        .unwrap()
        .query_row(
            "SELECT max(pageno) FROM dbstat WHERE name = 'users' AND pagetype = 'leaf'",
            (),
            |row| row.get(0).map(i64::unsigned_abs),
        )
        .unwrap();
    overwrite(&file, (page - 1) * 4096, 4096);
    let (tally, _) = import(&accounts, &file, false).await;
    let message = message(tally);
    assert!(message.contains(" is damaged: "), "{message}");
    assert_eq!(content(&target(&folder)), before);
}

#[tokio::test]
async fn a_change_that_was_broken_off_is_to_be_undone_first() {
    let (folder, file) = large_file(300);
    let writer = Connection::open(&file).unwrap();
    // The change goes to the file before it is committed, since there is no memory for it.
    writer
        .execute_batch("PRAGMA cache_size = 1; BEGIN; UPDATE users SET username = 'x' || username")
        .unwrap();
    let crashed = folder.path().join("crashed.sqlite3");
    fs::copy(&file, &crashed).unwrap();
    fs::copy(
        folder.path().join("lback.sqlite3-journal"),
        folder.path().join("crashed.sqlite3-journal"),
    )
    .unwrap();

    let message = refused(&crashed).await;
    assert!(message.contains("in the middle of writing"), "{message}");
    let (tally, _) = import(&in_memory(), &crashed, false).await;
    let advice = advice(tally);
    assert!(advice.starts_with("open it once"), "{advice}");
    // As that says.
    let undone = Connection::open(&crashed).unwrap();
    let users = undone.query_row("SELECT count(*) FROM users", (), |row| row.get::<_, i64>(0));
    assert_eq!(users.unwrap(), 312);
    let (tally, _) = import(&in_memory(), &crashed, false).await;
    assert_eq!(tally.unwrap().imported, 310);
}

fn overwrite(file: &Path, from: u64, length: usize) {
    let mut file = OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(from)).unwrap();
    file.write_all(&vec![0xa5; length]).unwrap();
}

//! A store that fails in the middle.

use std::fs;
use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use indicatif::ProgressBar;
use lback_auth::StoreError;
use lback_signals::CommitOutcome;
use rusqlite::Connection;
use rusqlite::types::Value;

use super::super::super::failure::hints;
use super::super::{BATCH, Tally, committed, from_lback};
use super::{content, import, in_sqlite, large_file, message, real_file, stopped, target};

/// Imports into a database that has been given these triggers, and says why it could not. All of so
/// many rows is there then, and all of the others after a second import.
async fn failure(file: &Path, triggers: &str, rows: u32) -> String {
    let folder = tempfile::tempdir().unwrap();
    let accounts = in_sqlite(&folder).await;
    let database = Connection::open(target(&folder)).unwrap();
    database.execute_batch(triggers).unwrap();
    let (tally, _) = import(&accounts, file, true).await;
    let message = message(tally);
    assert!(imported(&target(&folder)) == of_first(file, rows).await);
    let count = "SELECT count(*) FROM lback_account";
    let accounts_there: u32 = database.query_row(count, (), |row| row.get(0)).unwrap();
    let start = match accounts_there {
        0 => "nothing was imported: ".to_owned(),
        some => format!("only {some} accounts were imported; import again for the others: "),
    };
    assert!(message.starts_with(&start), "{message}");

    // Nothing is locked, and the store goes on.
    database.execute_batch("DROP TRIGGER fails").unwrap();
    import(&accounts, file, true).await.0.unwrap();
    assert!(imported(&target(&folder)) == of_first(file, u32::MAX).await);
    message
}

/// The content after the first rows of a file were imported without a failure.
async fn of_first(file: &Path, rows: u32) -> Vec<Vec<Value>> {
    let folder = tempfile::tempdir().unwrap();
    let part = folder.path().join("part.sqlite3");
    fs::copy(file, &part).unwrap();
    let cut = "DELETE FROM users WHERE id NOT IN (SELECT id FROM users ORDER BY id LIMIT ?1)";
    let part_of = Connection::open(&part).unwrap();
    part_of.execute(cut, [rows]).unwrap();
    let accounts = in_sqlite(&folder).await;
    import(&accounts, &part, true).await.0.unwrap();
    imported(&target(&folder))
}

/// All that is in the store's tables, without when it came there.
pub(super) fn imported(file: &Path) -> Vec<Vec<Value>> {
    const AT: usize = 2;
    let is_of = |row: &[Value], table: &str| row[0] == Value::Text(table.to_owned());
    let mut rows = content(file);
    rows.retain(|row| !is_of(row, "plan") && !is_of(row, "sqlite_sequence"));
    for row in &mut rows {
        if is_of(row, "lback_audit") {
            row.remove(AT);
        }
    }
    rows
}

#[tokio::test]
async fn an_account_that_is_refused_leaves_nothing() {
    let (_folder, file) = real_file();
    let message = failure(
        &file,
        "CREATE TRIGGER fails BEFORE INSERT ON lback_account WHEN new.username = 'emoji'
         BEGIN SELECT raise(ABORT, 'no more'); END",
        0,
    )
    .await;
    assert!(message.contains("no more"), "{message}");
}

#[tokio::test]
async fn an_account_at_which_sqlite_ends_the_transaction_leaves_the_batches_before() {
    let (_folder, file) = large_file(1_200);
    failure(
        &file,
        "CREATE TRIGGER fails BEFORE INSERT ON lback_account WHEN new.username = 'user1100'
         BEGIN SELECT raise(ROLLBACK, 'as when the disk is full'); END",
        BATCH,
    )
    .await;
}

#[tokio::test]
async fn an_audit_entry_that_is_refused_leaves_the_batches_before() {
    let (_folder, file) = large_file(2_200);
    failure(
        &file,
        "CREATE TRIGGER fails AFTER INSERT ON lback_audit WHEN new.number > 2100
         BEGIN SELECT raise(ABORT, 'no more'); END",
        2 * BATCH,
    )
    .await;
}

#[tokio::test]
async fn a_token_that_is_refused_leaves_nothing() {
    let (_folder, file) = real_file();
    failure(
        &file,
        "CREATE TRIGGER fails BEFORE INSERT ON lback_token
         BEGIN SELECT raise(ABORT, 'no more'); END",
        0,
    )
    .await;
}

#[tokio::test]
async fn a_commit_that_is_refused_leaves_nothing() {
    let (_folder, file) = real_file();
    failure(
        &file,
        "CREATE TABLE plan (
             account INTEGER REFERENCES lback_account (id) DEFERRABLE INITIALLY DEFERRED
         );
         CREATE TRIGGER fails AFTER INSERT ON lback_account
         BEGIN INSERT INTO plan VALUES (-1); END",
        0,
    )
    .await;
}

#[test]
fn a_commit_of_which_nothing_is_known_is_said_to_be_one() {
    let lost = || StoreError::Unavailable("lost".into());
    let full = StoreError::Unavailable(io::Error::from(ErrorKind::StorageFull).into());
    let some = || Tally {
        imported: 7,
        ..Tally::default()
    };
    let unknown = committed(CommitOutcome::Unknown(full), some()).unwrap_err();
    let message = unknown.to_string();
    assert!(message.starts_with("the database did not say"), "{message}");
    let advice = hints::of(&unknown).unwrap();
    assert!(advice.starts_with("import again"), "{advice}");
    assert!(message.ends_with(" after 7 accounts that were imported"));
    let rolled_back = |done| committed(CommitOutcome::RolledBack(lost()), done).unwrap_err();
    let nothing = rolled_back(Tally::default());
    assert_eq!(nothing.to_string(), "nothing was imported");
    let some = rolled_back(some());
    assert!(
        some.to_string()
            .starts_with("only 7 accounts were imported; ")
    );
    committed(CommitOutcome::Committed, Tally::default()).unwrap();
}

#[tokio::test]
async fn an_import_that_is_broken_off_leaves_whole_batches() {
    let (folder, file) = large_file(1_200);
    let accounts = in_sqlite(&folder).await;
    for (row, rows) in [(20, 0), (u64::from(BATCH) + 20, BATCH)] {
        {
            let progress = ProgressBar::hidden();
            let mut skip = |_: &_| ();
            let clock = stopped();
            let importing = from_lback(&accounts, &file, true, &clock, &progress, &mut skip);
            let mut running = pin!(importing);
            poll_fn(|context| match running.as_mut().poll(context) {
                Poll::Ready(tally) => panic!("it was quicker: {tally:?}"),
                Poll::Pending if progress.position() >= row => Poll::Ready(()),
                Poll::Pending => Poll::Pending,
            })
            .await;
        }
        assert!(imported(&target(&folder)) == of_first(&file, rows).await);
    }
    let (tally, _) = import(&accounts, &file, true).await;
    let tally = tally.unwrap();
    assert_eq!((tally.imported, tally.already_there), (212, 998));
    assert!(imported(&target(&folder)) == of_first(&file, u32::MAX).await);
}

/// A skipped row is reported when its batch has committed.
#[tokio::test]
async fn nothing_is_locked_between_two_batches() {
    let (folder, file) = large_file(1_200);
    let database = Connection::open(&file).unwrap();
    let break_all = "UPDATE users SET password = 'broken' WHERE id % 100 = 0";
    database.execute(break_all, ()).unwrap();
    let accounts = in_sqlite(&folder).await;
    let other = Connection::open(target(&folder)).unwrap();
    other.busy_timeout(Duration::ZERO).unwrap();
    let mut found = Vec::new();
    let progress = ProgressBar::hidden();
    let mut skip = |_: &_| {
        other.execute_batch("BEGIN IMMEDIATE; ROLLBACK").unwrap();
        let count = "SELECT count(*) FROM lback_account";
        found.push(
            other
                .query_row(count, (), |row| row.get::<_, u32>(0))
                .unwrap(),
        );
    };
    let clock = stopped();
    let tally = from_lback(&accounts, &file, true, &clock, &progress, &mut skip).await;
    let imported = u32::try_from(tally.unwrap().imported).unwrap();
    found.dedup();
    // Of the first 1,000 rows, two were broken before, and ten are now.
    assert_eq!(found, [BATCH - 12, imported]);
}

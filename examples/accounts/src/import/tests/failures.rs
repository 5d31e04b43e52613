//! A store that fails in the middle.

use std::future::poll_fn;
use std::io::{self, ErrorKind};
use std::path::Path;
use std::pin::pin;
use std::task::Poll;

use indicatif::ProgressBar;
use lback_auth::StoreError;
use lback_signals::CommitOutcome;
use rusqlite::Connection;

use super::super::super::failure::hints;
use super::super::{committed, from_lback};
use super::{content, import, in_sqlite, large_file, message, real_file, target};

/// Imports into a database that has been given these triggers, and says why it could not.
async fn failure(file: &Path, triggers: &str) -> String {
    let folder = tempfile::tempdir().unwrap();
    let accounts = in_sqlite(&folder).await;
    let database = Connection::open(target(&folder)).unwrap();
    database.execute_batch(triggers).unwrap();
    let before = content(&target(&folder));
    let (tally, _) = import(&accounts, file, true).await;
    let message = message(tally);
    assert!(message.starts_with("nothing was imported: "), "{message}");
    assert_eq!(content(&target(&folder)), before);

    // Nothing is locked, and the store goes on.
    database.execute_batch("DROP TRIGGER fails").unwrap();
    let (tally, _) = import(&accounts, file, true).await;
    assert_ne!(tally.unwrap().imported, 0);
    message
}

#[tokio::test]
async fn an_account_that_is_refused_leaves_nothing() {
    let (_folder, file) = real_file();
    let message = failure(
        &file,
        "CREATE TRIGGER fails BEFORE INSERT ON lback_account WHEN new.username = 'emoji'
         BEGIN SELECT raise(ABORT, 'no more'); END",
    )
    .await;
    assert!(message.contains("no more"), "{message}");
}

#[tokio::test]
async fn an_account_at_which_sqlite_ends_the_transaction_leaves_nothing() {
    let (_folder, file) = large_file(1200);
    failure(
        &file,
        "CREATE TRIGGER fails BEFORE INSERT ON lback_account WHEN new.username = 'user1100'
         BEGIN SELECT raise(ROLLBACK, 'as when the disk is full'); END",
    )
    .await;
}

#[tokio::test]
async fn an_audit_entry_that_is_refused_leaves_nothing() {
    let (_folder, file) = large_file(1200);
    failure(
        &file,
        "CREATE TRIGGER fails AFTER INSERT ON lback_audit WHEN new.number > 700
         BEGIN SELECT raise(ABORT, 'no more'); END",
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
    )
    .await;
}

#[test]
fn a_commit_of_which_nothing_is_known_is_said_to_be_one() {
    let lost = || StoreError::Unavailable("lost".into());
    let full = StoreError::Unavailable(io::Error::from(ErrorKind::StorageFull).into());
    let unknown = committed(CommitOutcome::Unknown(full)).unwrap_err();
    let message = unknown.to_string();
    assert!(message.starts_with("the database did not say"), "{message}");
    let advice = hints::of(&unknown).unwrap();
    assert!(advice.starts_with("import again"), "{advice}");
    let rolled_back = committed(CommitOutcome::RolledBack(lost())).unwrap_err();
    assert_eq!(rolled_back.to_string(), "nothing was imported");
    committed(CommitOutcome::Committed).unwrap();
}

#[tokio::test]
async fn an_import_that_is_broken_off_leaves_nothing() {
    let (folder, file) = large_file(50);
    let accounts = in_sqlite(&folder).await;
    let before = content(&target(&folder));
    {
        let progress = ProgressBar::hidden();
        let mut skip = |_: &_| ();
        let mut running = pin!(from_lback(&accounts, &file, true, &progress, &mut skip));
        poll_fn(|context| match running.as_mut().poll(context) {
            Poll::Ready(tally) => panic!("it was quicker: {tally:?}"),
            Poll::Pending if progress.position() >= 20 => Poll::Ready(()),
            Poll::Pending => Poll::Pending,
        })
        .await;
    }
    assert_eq!(content(&target(&folder)), before);
    let (tally, _) = import(&accounts, &file, true).await;
    assert_eq!(tally.unwrap().imported, 60);
}

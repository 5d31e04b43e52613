//! A file of SQLite, and transactions in it. None of this knows of accounts.
//!
//! Statements run in `block_in_place`, so that no other task waits for the disk with them. That needs a
//! runtime with more than one thread, which `#[tokio::main]` makes.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use lback_auth::StoreError;
use lback_signals::CommitOutcome;
use rusqlite::{Connection, Error, ErrorCode};
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::task::block_in_place;
use tokio::time::timeout;

/// How long one waits for one's turn to write.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Two connections: SQLite has one writer at a time, and who holds a transaction can still read.
#[derive(Clone)]
pub(crate) struct Database {
    writer: Arc<Mutex<Connection>>,
    reader: Arc<Mutex<Connection>>,
}

impl Database {
    /// Opens a file, with its tables.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let (writer, reader) = (connect(path)?, connect(path)?);
        writer.execute_batch(include_str!("schema.sql"))?;
        Ok(Self {
            writer: Arc::new(Mutex::new(writer)),
            reader: Arc::new(Mutex::new(reader)),
        })
    }

    /// Reads what is committed, by one statement.
    pub(crate) async fn read<T>(
        &self,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let reader = self.reader.lock().await;
        block_in_place(|| query(&reader)).map_err(meaning)
    }

    /// Writes in a transaction of its own.
    pub(crate) async fn write<T>(
        &self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let mut transaction = self.begin().await?;
        let done = transaction.run(work)?;
        match transaction.commit() {
            CommitOutcome::Committed => Ok(done),
            CommitOutcome::RolledBack(error) | CommitOutcome::Unknown(error) => Err(error),
        }
    }

    pub(crate) async fn begin(&self) -> Result<Transaction, StoreError> {
        // Whoever waits for a transaction of their own is told so, and does not wait for ever.
        let writer = timeout(TIMEOUT, Arc::clone(&self.writer).lock_owned()).await;
        let writer = writer.map_err(|error| StoreError::Unavailable(error.into()))?;
        let mut transaction = Transaction(Some(Turn(writer)));
        transaction.run(|rows| rows.execute_batch("BEGIN IMMEDIATE"))?;
        Ok(transaction)
    }
}

/// A transaction that has begun. When an operation has failed it has no turn any more: nobody knows how
/// much of that was done, so it must not be committed.
pub(crate) struct Transaction(Option<Turn>);

impl Transaction {
    /// Does a part of it, to its end: whoever waits for this cannot give up in the middle.
    pub(crate) fn run<T>(
        &mut self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, StoreError> {
        let turn = self.0.take().ok_or_else(has_failed)?;
        let done = block_in_place(|| work(&turn.0)).map_err(meaning)?;
        self.0 = Some(turn);
        Ok(done)
    }

    pub(crate) fn commit(self) -> CommitOutcome<StoreError> {
        let Some(turn) = self.0 else {
            return CommitOutcome::RolledBack(has_failed());
        };
        match block_in_place(|| turn.0.execute_batch("COMMIT")) {
            Ok(()) => CommitOutcome::Committed,
            // SQLite has ended it on its own, and may have written what a crash would bring back.
            Err(error) if turn.0.is_autocommit() => CommitOutcome::Unknown(meaning(error)),
            // It is still open, and is rolled back when the turn is given up.
            Err(error) => CommitOutcome::RolledBack(meaning(error)),
        }
    }
}

/// The turn to write. Given up, it rolls back what was not committed.
struct Turn(OwnedMutexGuard<Connection>);

impl Drop for Turn {
    fn drop(&mut self) {
        if !self.0.is_autocommit() {
            // If this fails, the next BEGIN does too.
            let _ = self.0.execute_batch("ROLLBACK");
        }
    }
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    // For other programs; those of this one wait for the mutex.
    connection.busy_timeout(TIMEOUT)?;
    // With a write-ahead log, readers and the writer do not wait for each other.
    connection.pragma_update(None, "journal_mode", "WAL")?;
    // What is committed is on the disk.
    connection.pragma_update(None, "synchronous", "FULL")?;
    // A customer's tokens are deleted with the customer.
    connection.pragma_update(None, "foreign_keys", true)?;
    Ok(connection)
}

/// What an error means to whoever asks the store.
fn meaning(error: Error) -> StoreError {
    match error {
        Error::FromSqlConversionFailure(..)
        | Error::InvalidColumnType(..)
        | Error::IntegralValueOutOfRange(..) => StoreError::Unreadable(error.into()),
        _ => match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked | ErrorCode::CannotOpen) => {
                StoreError::Unavailable(error.into())
            }
            _ => StoreError::Refused(error.into()),
        },
    }
}

fn has_failed() -> StoreError {
    StoreError::Refused("an operation of this transaction has failed".into())
}

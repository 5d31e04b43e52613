//! The errors of outboxes.

use crate::enqueue::EnqueueError;
use crate::report::BoxError;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
use crate::sql_transaction::TransactionError;
use crate::wiring::{WiringProblem, sentences};

/// Error of an [`Outbox`](super::Outbox) or a [`Worker`](super::Worker).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// A signal of the transaction could not be enqueued, so the transaction was rolled back.
    #[error("the transaction was rolled back, since a signal in it could not be enqueued")]
    Enqueue(#[from] EnqueueError),
    /// Another connection has locked the database for longer than a statement waits. In PostgreSQL also a deadlock, a
    /// failed serialization, or a statement that took longer than the `statement_timeout`.
    #[error("the database of the outbox is locked by another connection")]
    Locked(#[source] BoxError),
    /// The database cannot be reached or read: an I/O error, a lost connection, or no free connection.
    #[error("the database of the outbox is unavailable")]
    Unavailable(#[source] BoxError),
    /// The disk of the database is full.
    #[error("the disk of the outbox is full: free space on it")]
    DiskFull(#[source] BoxError),
    /// The database cannot be written to: the file or the transaction is read-only, the server is a standby, or a
    /// privilege is missing.
    #[error(
        "the program may not write to the database of the outbox: give it write access to the tables in PostgreSQL, or \
         to the file and its folder in SQLite"
    )]
    ReadOnly(#[source] BoxError),
    /// The database has ended the transaction after an error of an earlier statement. Nothing of it is kept, except
    /// statements that the application has run after that error.
    #[error("the database has rolled the transaction back after an error of an earlier statement")]
    RolledBack,
    /// The database refused a statement.
    #[error("the database of the outbox refused a statement")]
    Database(#[source] BoxError),
    /// The tables are of a newer version than this program reads.
    #[error(
        "the tables of the outbox are of version {found}, and this program reads up to {known}: update \
         `lback-signals` in it"
    )]
    NewerSchema {
        /// The version of the tables.
        found: i64,
        /// The newest version that this program reads.
        known: i64,
    },
    /// Two signals or two receivers of this program have the same durable name, or a receiver takes a parameter
    /// that it cannot get.
    #[error("the durable receivers of this program are faulty: {}", sentences(.0))]
    Wiring(Vec<WiringProblem>),
}

impl OutboxError {
    /// Returns whether the same call may succeed later without a change of the program or its configuration.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(
            self,
            Self::Locked(_) | Self::Unavailable(_) | Self::DiskFull(_) | Self::RolledBack
        )
    }
}

#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
impl From<TransactionError> for OutboxError {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Database(error) => Self::of_database(error),
            TransactionError::RolledBackBySqlite => Self::RolledBack,
            TransactionError::Enqueue(error) => Self::Enqueue(error),
            TransactionError::Busy => Self::Locked(error.into()),
            TransactionError::Unknown(_) | TransactionError::RuntimeEnded => {
                Self::Unavailable(error.into())
            }
            TransactionError::Ended
            | TransactionError::Panicked
            | TransactionError::Savepoint
            | TransactionError::Isolation => Self::Database(error.into()),
        }
    }
}

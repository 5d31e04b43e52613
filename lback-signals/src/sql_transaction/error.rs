//! Why a transaction was not begun or not committed.

use std::io;

#[cfg(feature = "durable")]
use crate::enqueue::EnqueueError;
use crate::report::BoxError;

/// Error of a [`SignalTransaction`](crate::SignalTransaction).
///
/// Except for [`Unknown`](Self::Unknown), nothing was committed.
///
/// It converts from and into `sqlx::Error`, so that `?` works in functions that return either.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TransactionError {
    /// The database refused a statement or did not answer.
    #[error(transparent)]
    Database(sqlx::Error),
    /// Another transaction of this outbox writes, and has not ended in time. SQLite has one writer at a time.
    #[cfg(feature = "durable")]
    #[error(
        "another transaction of the outbox is writing and has not ended in time: end it, or send in it"
    )]
    Busy,
    /// SQLite has rolled the transaction back on its own, because of an earlier error of a statement, such as a
    /// full disk.
    #[error(
        "SQLite has rolled the transaction back because of an earlier error, such as a full disk: begin a new one"
    )]
    RolledBackBySqlite,
    /// A statement of the application has ended the transaction.
    #[error(
        "the transaction was ended by a statement: leave `COMMIT` and `ROLLBACK` to `SignalTransaction`"
    )]
    Ended,
    /// The tokio runtime in which the transaction was begun has ended.
    #[error(
        "the transaction was not committed, since the tokio runtime in which it was begun has ended"
    )]
    RuntimeEnded,
    /// The application has panicked in [`SignalTransaction::run`](crate::SignalTransaction::run).
    #[error("the transaction is not committed, since a panic unwound from it")]
    Panicked,
    /// An adopted transaction is a savepoint of another one, whose end is not known.
    #[error("a savepoint cannot be adopted: adopt the transaction that contains it")]
    Savepoint,
    /// The transaction is not READ COMMITTED, which receivers with `order = key` need on PostgreSQL: a stricter
    /// transaction does not see the deliveries of a key that others have committed since its start.
    #[cfg(feature = "durable")]
    #[error(
        "a transaction in which receivers with `order = key` get deliveries has to be READ COMMITTED: begin it with \
         `BEGIN ISOLATION LEVEL READ COMMITTED`, or make that the `default_transaction_isolation` of the role"
    )]
    Isolation,
    /// A signal could not be enqueued for its durable receivers, or no outbox takes its deliveries.
    #[cfg(feature = "durable")]
    #[error(transparent)]
    Enqueue(#[from] EnqueueError),
    /// The connection broke during the commit and the server did not report the outcome, or the runtime ended. No
    /// receiver has run, and the signals were logged. Look for the rows of the transaction before repeating it.
    #[error(
        "it is unknown whether the transaction was committed: look for its rows before repeating it"
    )]
    Unknown(#[source] BoxError),
}

/// The error becomes [`Database`](TransactionError::Database), unless it was a [`TransactionError`] before.
impl From<sqlx::Error> for TransactionError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Io(error) => error
                .downcast()
                .unwrap_or_else(|error| Self::Database(error.into())),
            error => Self::Database(error),
        }
    }
}

/// `Database` becomes its content, and any other variant `sqlx::Error::Io`, whose inner error is the
/// [`TransactionError`].
impl From<TransactionError> for sqlx::Error {
    fn from(error: TransactionError) -> Self {
        match error {
            TransactionError::Database(error) => error,
            error => Self::Io(io::Error::other(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_survives_the_conversions() {
        let error = sqlx::Error::from(TransactionError::Ended);
        let error = TransactionError::from(error);
        assert!(matches!(error, TransactionError::Ended), "{error:?}");
        let error = sqlx::Error::from(io::Error::other("broken"));
        let error = sqlx::Error::from(TransactionError::from(error));
        assert_eq!(
            error.to_string(),
            "error communicating with database: broken"
        );
        let error = sqlx::Error::from(TransactionError::from(sqlx::Error::PoolClosed));
        assert!(matches!(error, sqlx::Error::PoolClosed), "{error:?}");
    }
}

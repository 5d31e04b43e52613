//! Classifies errors of databases.

use sqlx::Error;
use sqlx::error::DatabaseError;
#[cfg(feature = "durable-postgres")]
use sqlx::postgres::PgDatabaseError;
#[cfg(feature = "durable-sqlite")]
use sqlx::sqlite::SqliteError;

use super::error::OutboxError;
#[cfg(feature = "durable-postgres")]
use super::postgres;
#[cfg(feature = "durable-sqlite")]
use super::sqlite;
use crate::report::BoxError;

/// A variant of [`OutboxError`].
pub(super) type Class = fn(BoxError) -> OutboxError;

impl OutboxError {
    /// Classifies an error by whether a later attempt may succeed, and by what an operator can do.
    pub(crate) fn of_database(error: Error) -> Self {
        let class = match &error {
            Error::Io(_)
            | Error::Tls(_)
            | Error::PoolTimedOut
            | Error::PoolClosed
            | Error::WorkerCrashed => Self::Unavailable,
            Error::Database(error) => class(&**error),
            _ => Self::Database,
        };
        class(error.into())
    }
}

fn class(error: &dyn DatabaseError) -> Class {
    #[cfg(feature = "durable-postgres")]
    if let Some(error) = error.try_downcast_ref::<PgDatabaseError>() {
        return postgres::class(error);
    }
    #[cfg(feature = "durable-sqlite")]
    if let Some(error) = error.try_downcast_ref::<SqliteError>() {
        return sqlite::class(error);
    }
    OutboxError::Database
}

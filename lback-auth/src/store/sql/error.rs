//! What an error of the database means.

use crate::StoreError;

/// What an error means. `is_passing` says of a database's error code whether trying again may help.
pub(in crate::store) fn meaning(
    error: sqlx::Error,
    is_passing: impl FnOnce(&str) -> bool,
) -> StoreError {
    match &error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => StoreError::Unavailable(error.into()),
        sqlx::Error::Database(answer) if answer.code().is_some_and(|code| is_passing(&code)) => {
            StoreError::Unavailable(error.into())
        }
        sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. } => StoreError::Unreadable(error.into()),
        _ => StoreError::Refused(error.into()),
    }
}

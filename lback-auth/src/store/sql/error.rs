//! What an error of the database means.

use crate::StoreError;

/// What an error code of a database says.
#[derive(Clone, Copy, Debug)]
pub(in crate::store) enum Kind {
    Unavailable,
    #[cfg_attr(not(feature = "postgres"), expect(dead_code))]
    Deadlock,
    #[cfg_attr(not(feature = "postgres"), expect(dead_code))]
    SerializationFailure,
    TimedOut,
    Refused,
}

/// What an error means, with the kind of the database's error codes.
pub(in crate::store) fn meaning(error: sqlx::Error, kind: impl FnOnce(&str) -> Kind) -> StoreError {
    let kind = match &error {
        sqlx::Error::Io(_)
        | sqlx::Error::Tls(_)
        | sqlx::Error::PoolTimedOut
        | sqlx::Error::PoolClosed
        | sqlx::Error::WorkerCrashed => Kind::Unavailable,
        sqlx::Error::Database(answer) => answer.code().map_or(Kind::Refused, |code| kind(&code)),
        sqlx::Error::Decode(_)
        | sqlx::Error::ColumnDecode { .. }
        | sqlx::Error::ColumnNotFound(_)
        | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
            return StoreError::Unreadable(error.into());
        }
        _ => Kind::Refused,
    };
    let error = error.into();
    match kind {
        Kind::Unavailable => StoreError::Unavailable(error),
        Kind::Deadlock => StoreError::Deadlock(error),
        Kind::SerializationFailure => StoreError::SerializationFailure(error),
        Kind::TimedOut => StoreError::TimedOut(error),
        Kind::Refused => StoreError::Refused(error),
    }
}

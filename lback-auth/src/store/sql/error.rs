//! The meaning of an error of the database.

#[cfg(feature = "postgres")]
use sqlx::postgres::PgDatabaseError;
#[cfg(feature = "sqlite")]
use sqlx::sqlite::SqliteError;

use crate::store::StoreError;
#[cfg(feature = "postgres")]
use crate::store::postgres;
#[cfg(feature = "sqlite")]
use crate::store::sqlite;

/// The meaning of an error code of a database.
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

/// Sorts an error of SQLite or PostgreSQL, so that an [`AccountTable`](crate::AccountTable) returns
/// its errors with `?`.
impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let kind = match &error {
            sqlx::Error::Io(_)
            | sqlx::Error::Tls(_)
            | sqlx::Error::PoolTimedOut
            | sqlx::Error::PoolClosed
            | sqlx::Error::WorkerCrashed => Kind::Unavailable,
            sqlx::Error::Database(answer) if answer.is_unique_violation() => {
                return Self::UniqueViolation(error.into());
            }
            sqlx::Error::Database(answer) => kind(&**answer),
            sqlx::Error::Decode(_)
            | sqlx::Error::ColumnDecode { .. }
            | sqlx::Error::ColumnNotFound(_)
            | sqlx::Error::ColumnIndexOutOfBounds { .. } => {
                return Self::Unreadable(error.into());
            }
            _ => Kind::Refused,
        };
        let error = error.into();
        match kind {
            Kind::Unavailable => Self::Unavailable(error),
            Kind::Deadlock => Self::Deadlock(error),
            Kind::SerializationFailure => Self::SerializationFailure(error),
            Kind::TimedOut => Self::TimedOut(error),
            Kind::Refused => Self::Refused(error),
        }
    }
}

/// Makes an error of a row, so that code which reads one for sqlx can return errors of
/// [`Password::from_columns`](crate::Password::from_columns) with `?`.
impl From<StoreError> for sqlx::Error {
    fn from(error: StoreError) -> Self {
        Self::Decode(error.into())
    }
}

fn kind(answer: &(dyn sqlx::error::DatabaseError + 'static)) -> Kind {
    #[cfg(feature = "sqlite")]
    if answer.try_downcast_ref::<SqliteError>().is_some() {
        return answer
            .code()
            .map_or(Kind::Refused, |code| sqlite::kind(&code));
    }
    #[cfg(feature = "postgres")]
    if let Some(answer) = answer.try_downcast_ref::<PgDatabaseError>() {
        return postgres::kind(answer.code());
    }
    Kind::Refused
}

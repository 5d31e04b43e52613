//! Classifies errors of SQLite.

use sqlx::Error;

use crate::durable::error::OutboxError;

const PERM: i32 = 3;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const NOMEM: i32 = 7;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const PROTOCOL: i32 = 15;

impl OutboxError {
    /// Classifies an error by whether a later attempt may succeed, and by what an operator can do.
    pub(crate) fn of_sqlite(error: Error) -> Self {
        match &error {
            Error::Io(_) | Error::PoolTimedOut | Error::PoolClosed | Error::WorkerCrashed => {
                Self::Unavailable(error.into())
            }
            Error::Database(_) => match code(&error) {
                Some(BUSY | LOCKED | PROTOCOL) => Self::Locked(error.into()),
                Some(NOMEM | IOERR | CANTOPEN) => Self::Unavailable(error.into()),
                Some(PERM | READONLY) => Self::ReadOnly(error.into()),
                Some(FULL) => Self::DiskFull(error.into()),
                _ => Self::Database(error.into()),
            },
            _ => Self::Database(error.into()),
        }
    }
}

/// Returns the result code, without the details that an extended one has in its higher bytes.
fn code(error: &Error) -> Option<i32> {
    let code = error.as_database_error()?.code()?;
    code.parse().ok().map(|code: i32| code & 0xff)
}

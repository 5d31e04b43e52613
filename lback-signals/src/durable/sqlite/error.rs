//! Classifies errors of SQLite.

use sqlx::error::DatabaseError as _;
use sqlx::sqlite::SqliteError;

use crate::durable::error::OutboxError;
use crate::durable::sql_error::Class;

const PERM: i32 = 3;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const NOMEM: i32 = 7;
const READONLY: i32 = 8;
const IOERR: i32 = 10;
const FULL: i32 = 13;
const CANTOPEN: i32 = 14;
const PROTOCOL: i32 = 15;

pub(in crate::durable) fn class(error: &SqliteError) -> Class {
    match code(error) {
        Some(BUSY | LOCKED | PROTOCOL) => OutboxError::Locked,
        Some(NOMEM | IOERR | CANTOPEN) => OutboxError::Unavailable,
        Some(PERM | READONLY) => OutboxError::ReadOnly,
        Some(FULL) => OutboxError::DiskFull,
        _ => OutboxError::Database,
    }
}

/// Returns the result code, without the details that an extended one has in its higher bytes.
fn code(error: &SqliteError) -> Option<i32> {
    let code = error.code()?;
    code.parse().ok().map(|code: i32| code & 0xff)
}

//! The meaning of SQLite's result codes.

use crate::store::sql::Kind;

const ERROR: i32 = 1;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CANTOPEN: i32 = 14;
const CONSTRAINT: i32 = 19;

/// Returns whether an error of a COMMIT says that nothing was committed.
///
/// `BUSY`, `LOCKED` and `CONSTRAINT` (a deferred foreign key) do: the transaction stays open. `ERROR`
/// does too: no transaction is open. After an error of the disk (`IOERR`, `FULL`) none is open either,
/// but the changes may be in the WAL to their last frame and only have failed to be synced. They are
/// then not committed, until a crash has SQLite read the WAL again.
pub(super) fn is_commit_refused(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(answer) = error else {
        return false;
    };
    let code = answer.code();
    code.is_some_and(|code| matches!(primary(&code), Some(ERROR | BUSY | LOCKED | CONSTRAINT)))
}

/// Returns the result code of an extended one, which has details in its higher bytes.
fn primary(extended: &str) -> Option<i32> {
    extended.parse().ok().map(|code: i32| code & 0xff)
}

/// Returns whether an error of a BEGIN says that a transaction is open already: its result code is
/// `ERROR`.
pub(super) fn is_already_open(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(answer) = error else {
        return false;
    };
    let code = answer.code();
    code.is_some_and(|code| primary(&code) == Some(ERROR))
}

/// Returns the kind of an error code. Trying again may help if another connection has locked the file or
/// too many files are open.
pub(in crate::store) fn kind(code: &str) -> Kind {
    match primary(code) {
        Some(BUSY | LOCKED) => Kind::TimedOut,
        Some(CANTOPEN) => Kind::Unavailable,
        _ => Kind::Refused,
    }
}

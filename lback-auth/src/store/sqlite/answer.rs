//! The meaning of SQLite's result codes.

use crate::store::sql::Kind;

const ERROR: i32 = 1;
const BUSY: i32 = 5;
const LOCKED: i32 = 6;
const CANTOPEN: i32 = 14;
const CONSTRAINT: i32 = 19;

/// Returns whether an error of a COMMIT says that nothing was committed.
///
/// That of `BUSY` and `LOCKED` is so, and that of `CONSTRAINT`, which a deferred foreign key is: the
/// transaction stays open. `ERROR` is that none is open. After an error of the disk (`IOERR`, `FULL`)
/// SQLite has none either; but what is to be committed may be in the WAL by then, to its last frame,
/// and only have failed to be synced: then it is not committed as long as nothing happens, and is again
/// when a crash has the WAL be read anew.
pub(super) fn says_no(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(answer) = error else {
        return false;
    };
    let code = answer.code();
    code.is_some_and(|code| matches!(primary(&code), Some(ERROR | BUSY | LOCKED | CONSTRAINT)))
}

/// The result code of an extended one, which has more in its higher bytes.
fn primary(extended: &str) -> Option<i32> {
    extended.parse().ok().map(|code: i32| code & 0xff)
}

/// Returns whether an error of a BEGIN says that there is a transaction already: such is the result code
/// `ERROR`.
pub(super) fn is_left_open(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(answer) = error else {
        return false;
    };
    let code = answer.code();
    code.is_some_and(|code| primary(&code) == Some(ERROR))
}

/// Returns the kind of an error code. Trying again may help if another connection has the file locked, or
/// too many files are open.
pub(in crate::store) fn kind(code: &str) -> Kind {
    match primary(code) {
        Some(BUSY | LOCKED) => Kind::TimedOut,
        Some(CANTOPEN) => Kind::Unavailable,
        _ => Kind::Refused,
    }
}

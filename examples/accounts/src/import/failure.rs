//! Hints for errors of SQLite when a file cannot be read.

use std::path::Path;

use rusqlite::{Error, ErrorCode, ffi};

use super::super::failure::Advised;

pub(super) const NAME_THE_ORIGINAL: &str = "name the database that the Python original has written";

/// An error of the database that is read.
pub(super) fn of_source(error: Error, file: &Path) -> anyhow::Error {
    let file = file.display();
    let (code, extended) = codes(&error);
    let (what, advice) = match (code, extended) {
        (_, Some(ffi::SQLITE_READONLY_ROLLBACK)) => (
            format!("a program has stopped in the middle of writing {file}"),
            "open it once with a program that may write it, such as `sqlite3`, so that this is undone",
        ),
        (Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked), _) => (
            format!("another program has locked {file}"),
            "wait until it has done its work, or stop it, and try again",
        ),
        (Some(ErrorCode::NotADatabase), _) => (
            format!("{file} is no database of SQLite"),
            NAME_THE_ORIGINAL,
        ),
        (Some(ErrorCode::DatabaseCorrupt), _) => (
            format!("{file} is damaged"),
            "restore it from a backup, or recover what is left of it by `sqlite3 FILE .recover`",
        ),
        (Some(ErrorCode::CannotOpen | ErrorCode::PermissionDenied | ErrorCode::ReadOnly), _) => (
            format!("{file} cannot be opened"),
            "look whether you may read it, or copy it, with the file `…-wal` beside it if there is \
             one, to a folder in which you may write",
        ),
        _ => return anyhow::Error::new(error).context(format!("{file} cannot be read")),
    };
    anyhow::Error::new(error).context(Advised::new(what, advice))
}

/// An error of the database that is only there meanwhile.
pub(super) fn of_scratch(error: Error) -> anyhow::Error {
    anyhow::Error::new(error).context(Advised::new(
        "names cannot be compared in a temporary file",
        "have TMPDIR name a folder in which there is room, and in which you may write",
    ))
}

fn codes(error: &Error) -> (Option<ErrorCode>, Option<i32>) {
    match error.sqlite_error() {
        Some(error) => (Some(error.code), Some(error.extended_code)),
        None => (None, None),
    }
}

//! Fixes of errors.

use std::error::Error;
use std::io::{self, ErrorKind};

use lback_auth::{AccountsError, PasswordError, StoreError};
use sqlx::postgres::PgDatabaseError;

use super::Advised;

/// The first that is found: what the cause alone would have one do can be wrong where more is known.
pub(in super::super) fn of(error: &anyhow::Error) -> Option<&str> {
    if let Some(Advised { advice, .. }) = error.downcast_ref() {
        return Some(advice);
    }
    let of_flow = error.downcast_ref().and_then(of_flow);
    of_flow.or_else(|| error.chain().find_map(of_cause))
}

fn of_flow(error: &AccountsError) -> Option<&'static str> {
    Some(match error {
        AccountsError::CommitUnknown(_) => {
            "look with `accounts list` and `accounts audit` before you try again: it may be done"
        }
        AccountsError::InvalidToken => {
            "have another mailed: `accounts verify --again EMAIL`, `accounts reset EMAIL` or \
             `accounts change-email USERNAME EMAIL`"
        }
        AccountsError::Password(PasswordError::Busy | PasswordError::OutOfMemory) => {
            "try again in a while"
        }
        _ => return None,
    })
}

fn of_cause(cause: &(dyn Error + 'static)) -> Option<&'static str> {
    if let Some(StoreError::NewerSchema { .. }) = cause.downcast_ref() {
        return Some("a later version of this program has been here: use that one");
    }
    if let Some(error) = cause.downcast_ref::<rusqlite::Error>() {
        return of_sqlite(error.sqlite_error()?.extended_code);
    }
    if let Some(error) = cause.downcast_ref::<io::Error>() {
        return of_io(error.kind());
    }
    match cause.downcast_ref::<sqlx::Error>()? {
        sqlx::Error::Database(answer) => match answer.try_downcast_ref::<PgDatabaseError>() {
            Some(answer) => of_postgres(answer.code()),
            None => of_sqlite(answer.code()?.parse().ok()?),
        },
        sqlx::Error::Io(error) => Some(match error.kind() {
            ErrorKind::ConnectionRefused => {
                "is PostgreSQL running there? Look at the host and the port"
            }
            _ => "look at the host and the port, and whether PostgreSQL is running there",
        }),
        sqlx::Error::Tls(_) => Some(
            "look whether the server speaks TLS and who has signed its certificate: `sslmode` and \
             `sslrootcert` in the URL",
        ),
        sqlx::Error::Configuration(_) => Some("write it as `postgres://USER@HOST:PORT/NAME`"),
        sqlx::Error::PoolTimedOut => Some("it is busy, or was stopped: try again in a while"),
        _ => None,
    }
}

/// By the result code, of which the low byte says the most.
fn of_sqlite(code: i32) -> Option<&'static str> {
    Some(match code & 0xff {
        5 | 6 => "another program is writing to the file: try again when it has ended",
        8 => "the file cannot be written to: look at its permissions and at those of its folder",
        10 => "the disk is full, or broken: look at it and try again; nothing is half done",
        11 => "the file is damaged: put a backup of it in its place",
        13 => "the disk is full: make room and try again; nothing is half done",
        14 => "look whether the file and its folder may be read and written to",
        26 => "it is no file of SQLite: name another",
        _ => return None,
    })
}

/// By the SQLSTATE.
fn of_postgres(code: &str) -> Option<&'static str> {
    Some(match code {
        "28000" | "28P01" => {
            "look at the user and the password, which may also be in the variable PGPASSWORD or in \
             the file of PGPASSFILE"
        }
        "3D000" => "create the database with `createdb`, or name another",
        "3F000" => "create the schema of the `search_path`, or name another",
        "25006" => "it takes no writes: connect to the primary server",
        "42501" => {
            "the user lacks the rights: GRANT them, or name another user; the tables are created by \
             the first who connects"
        }
        "42P07" => "the database has such a table of something else: name another database",
        "53100" => "the server's disk is full: make room there and try again; nothing is half done",
        "55P03" => "another program has locked a row that is needed: try again when it has ended",
        code if code.starts_with("53") || code.starts_with("57P") => {
            "the server has no room, or is starting or stopping: try again in a while"
        }
        _ => return None,
    })
}

fn of_io(kind: ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
            "look at the permissions of the file and of its folder"
        }
        ErrorKind::NotFound => "look whether its folder is there",
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            "the disk is full: make room and try again"
        }
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_commit_is_not_called_undone() {
        let full = || StoreError::Unavailable(io::Error::from(ErrorKind::StorageFull).into());
        let refused = anyhow::Error::new(AccountsError::Store(full()));
        assert!(of(&refused).unwrap().starts_with("the disk is full"));
        let unknown = anyhow::Error::new(AccountsError::CommitUnknown(full()));
        assert!(of(&unknown).unwrap().contains("it may be done"));
    }

    #[test]
    fn the_hint_of_an_error_takes_precedence_over_its_causes() {
        let cause = || anyhow::Error::new(io::Error::from(ErrorKind::NotFound));
        assert_eq!(of(&cause()), Some("look whether its folder is there"));
        let known = cause().context(Advised::new("it is gone", "make it anew"));
        assert_eq!(of(&known.context("nothing was done")), Some("make it anew"));
    }
}

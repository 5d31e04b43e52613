//! The database of the Python original, which is only read.

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use rusqlite::{Connection, OpenFlags, OptionalExtension, Row};

use super::super::failure::advised;
use super::BATCH;
use super::cell::{Cell, MAX_LEN};
use super::failure::{self, NAME_THE_ORIGINAL};

/// How long another program's lock is waited for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(2);

const COLUMNS: [&str; 8] = [
    "username",
    "email",
    "password",
    "is_active",
    "is_email_verified",
    "email_verification_token",
    "email_verification_token_expiry",
    "created_at",
];

/// One state of the database, however long it is read.
pub(super) struct Source {
    connection: Connection,
    file: PathBuf,
}

/// A row of the table `users`. Not `Debug`, since it holds a hash and perhaps a token.
pub(super) struct Record {
    pub(super) row: i64,
    pub(super) username: Cell,
    pub(super) email: Cell,
    pub(super) password: Cell,
    pub(super) is_active: Cell,
    pub(super) is_email_verified: Cell,
    pub(super) token: Cell,
    pub(super) token_expiry: Cell,
    pub(super) created_at: Cell,
}

impl Source {
    /// Opens a file, if it is a database as it should be.
    pub(super) fn open(file: &Path) -> anyhow::Result<Self> {
        let shown = file.display();
        let path = match fs::canonicalize(file) {
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Err(advised(
                    format!("there is no file {shown}"),
                    NAME_THE_ORIGINAL,
                ));
            }
            found => found.with_context(|| format!("{shown} cannot be found"))?,
        };
        if !path.is_file() {
            return Err(advised(format!("{shown} is no file"), NAME_THE_ORIGINAL));
        }

        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let connection = Connection::open_with_flags(&path, flags)
            .map_err(|error| failure::of_source(error, file))?;
        let source = Self {
            connection,
            file: file.to_owned(),
        };
        source.begin()?;
        source.check_table()?;
        Ok(source)
    }

    /// How many rows there are.
    pub(super) fn count(&self) -> anyhow::Result<u64> {
        let count = "SELECT count(*) FROM users";
        let count = self.connection.query_row(count, (), |row| row.get(0));
        self.explained(count.map(i64::unsigned_abs))
    }

    /// All rows by their numbers, [`BATCH`] of them at a time.
    pub(super) fn pages(&self) -> impl Iterator<Item = anyhow::Result<Vec<Record>>> {
        let mut next = Some(i64::MIN);
        std::iter::from_fn(move || {
            let page = self.explained(self.page(next?, BATCH));
            next = match &page {
                Ok(page) => page.last()?.row.checked_add(1),
                Err(_) => None,
            };
            Some(page)
        })
    }

    /// A row, if it is there.
    pub(super) fn find(&self, row: i64) -> anyhow::Result<Option<Record>> {
        let page = self.explained(self.page(row, 1))?;
        Ok(page.into_iter().next().filter(|record| record.row == row))
    }

    fn begin(&self) -> anyhow::Result<()> {
        let begun = self.connection.busy_timeout(BUSY_TIMEOUT).and_then(|()| {
            // The schema of the file must not do more than is needed: its author is not trusted.
            self.connection
                .execute_batch("PRAGMA trusted_schema = OFF; BEGIN")
        });
        self.explained(begun)
    }

    fn check_table(&self) -> anyhow::Result<()> {
        let file = self.file.display();
        // A virtual table has no page: it would run code of its module, over whatever it likes.
        let table = "SELECT 1 FROM sqlite_schema \
                     WHERE type = 'table' AND rootpage > 0 AND lower(name) = 'users'";
        let found = self.connection.query_row(table, (), |_| Ok(()));
        if self.explained(found.optional())?.is_none() {
            return Err(advised(
                format!("{file} is no database of lback: it has no table users"),
                NAME_THE_ORIGINAL,
            ));
        }
        let columns = self.explained(self.columns())?;
        let is_ordinary = |wanted: &str| {
            let column = columns
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(wanted));
            column.map(|(_, is_ordinary)| *is_ordinary)
        };
        let missing: Vec<_> = COLUMNS
            .into_iter()
            .filter(|name| is_ordinary(name) != Some(true))
            .collect();
        if !missing.is_empty() {
            let missing = missing.join(", ");
            return Err(advised(
                format!(
                    "{file} is no database of lback, or of a version that is not known here: its \
                     table users has no ordinary column {missing}"
                ),
                NAME_THE_ORIGINAL,
            ));
        }
        // Rows are read by their numbers, which are hidden then, or not there.
        let unreadable = if is_ordinary("rowid").is_some() {
            "has a column rowid"
        } else if self.explained(self.is_without_rowid())? {
            "is WITHOUT ROWID"
        } else {
            return Ok(());
        };
        Err(advised(
            format!("{file} is no database of lback: its table users {unreadable}"),
            NAME_THE_ORIGINAL,
        ))
    }

    fn is_without_rowid(&self) -> rusqlite::Result<bool> {
        let table = "SELECT wr FROM pragma_table_list('users') WHERE schema = 'main'";
        self.connection.query_row(table, (), |row| row.get(0))
    }

    /// Their names, and whether they are ordinary ones. Others are generated, by whatever expression.
    fn columns(&self) -> rusqlite::Result<Vec<(String, bool)>> {
        let columns = "SELECT name, hidden = 0 FROM pragma_table_xinfo('users')";
        let mut statement = self.connection.prepare(columns)?;
        let columns = statement.query_map((), |row| Ok((row.get(0)?, row.get(1)?)))?;
        columns.collect()
    }

    /// The first rows whose number is at least this. It is their `id`, where that is the primary key.
    fn page(&self, first: i64, limit: u32) -> rusqlite::Result<Vec<Record>> {
        let columns = COLUMNS.map(bounded).join(", ");
        let select = format!(
            "SELECT rowid AS row, {columns} FROM users WHERE rowid >= ?1 ORDER BY rowid LIMIT ?2"
        );
        let mut statement = self.connection.prepare_cached(&select)?;
        statement.query_map((first, limit), record)?.collect()
    }

    fn explained<T>(&self, answer: rusqlite::Result<T>) -> anyhow::Result<T> {
        answer.map_err(|error| failure::of_source(error, &self.file))
    }
}

/// A column, in which something else that is too long stands for what is: it may be huge, and SQLite
/// knows its length without reading it.
fn bounded(column: &str) -> String {
    format!(
        "CASE WHEN octet_length({column}) > {MAX_LEN} THEN zeroblob({MAX_LEN} + 1) \
         ELSE {column} END AS {column}"
    )
}

fn record(row: &Row<'_>) -> rusqlite::Result<Record> {
    let cell = |column| Ok::<_, rusqlite::Error>(Cell::new(column, row.get_ref(column)?));
    Ok(Record {
        row: row.get("row")?,
        username: cell("username")?,
        email: cell("email")?,
        password: cell("password")?,
        is_active: cell("is_active")?,
        is_email_verified: cell("is_email_verified")?,
        token: cell("email_verification_token")?,
        token_expiry: cell("email_verification_token_expiry")?,
        created_at: cell("created_at")?,
    })
}

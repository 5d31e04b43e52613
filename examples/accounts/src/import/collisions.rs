//! Names, addresses and tokens that several rows have.

use lback_auth::NormalForm;
use rusqlite::{Connection, OptionalExtension};

use super::cell::Cell;
use super::failure;
use super::row::token_key;
use super::skipped::quoted;
use super::source::{Record, Source};

/// A property that only one account can have.
#[derive(Clone, Copy)]
enum Kind {
    Username = 0,
    Email = 1,
    Token = 2,
}

/// The properties that more than one row has. Rows that cannot be used count too.
///
/// They are found by a database in a temporary file, which sorts more rows than there is memory for.
pub(super) struct Collisions {
    scratch: Connection,
    rows_read: u64,
}

impl Collisions {
    pub(super) fn among(source: &Source, tokens: bool) -> anyhow::Result<Self> {
        let scratch = scratch().map_err(failure::of_scratch)?;
        let mut rows_read = 0;
        for page in source.pages() {
            for record in page? {
                rows_read += 1;
                hold(&scratch, &record, tokens).map_err(failure::of_scratch)?;
            }
        }
        keep_shared(&scratch).map_err(failure::of_scratch)?;
        Ok(Self { scratch, rows_read })
    }

    /// How many rows were compared.
    pub(super) fn rows_read(&self) -> u64 {
        self.rows_read
    }

    /// Why a row cannot be used, if it collides with another.
    pub(super) fn reason(
        &self,
        record: &Record,
        source: &Source,
    ) -> anyhow::Result<Option<String>> {
        if let Some(other) = self.other(Kind::Username, &record.username, record.row)? {
            let name = source.find(other)?.map(|other| other.username);
            return Ok(Some(same("username", name.as_ref(), other)));
        }
        if let Some(other) = self.other(Kind::Email, &record.email, record.row)? {
            let email = source.find(other)?.map(|other| other.email);
            return Ok(Some(same("email", email.as_ref(), other)));
        }
        Ok(None)
    }

    /// Why the token of a row cannot be used, if another has it too.
    pub(super) fn token_reason(&self, record: &Record) -> anyhow::Result<Option<String>> {
        let other = self.other(Kind::Token, &record.token, record.row)?;
        Ok(other.map(|other| format!("row {other} has it too")))
    }

    /// Another row that has the same.
    fn other(&self, kind: Kind, cell: &Cell, row: i64) -> anyhow::Result<Option<i64>> {
        let Some(form) = form(kind, cell) else {
            return Ok(None);
        };
        let rows = shared(&self.scratch, kind, &form).map_err(failure::of_scratch)?;
        Ok(rows.map(|(first, last)| if row == first { last } else { first }))
    }
}

fn scratch() -> rusqlite::Result<Connection> {
    // A file of no name, which is gone when it is closed.
    let scratch = Connection::open("")?;
    // After a crash the table is of no use anyway.
    scratch.execute_batch(
        "PRAGMA journal_mode = OFF;
         PRAGMA synchronous = OFF;
         PRAGMA temp_store = FILE;
         CREATE TABLE held (kind INTEGER, form BLOB, row INTEGER);
         CREATE TABLE shared (
             kind INTEGER, form BLOB, first INTEGER, last INTEGER, PRIMARY KEY (kind, form)
         ) WITHOUT ROWID;
         BEGIN",
    )?;
    Ok(scratch)
}

fn hold(scratch: &Connection, record: &Record, tokens: bool) -> rusqlite::Result<()> {
    let mut insert = scratch.prepare_cached("INSERT INTO held VALUES (?1, ?2, ?3)")?;
    let mut hold = |kind: Kind, cell| match form(kind, cell) {
        None => Ok(0),
        Some(form) => insert.execute((kind as u8, form, record.row)),
    };
    hold(Kind::Username, &record.username)?;
    hold(Kind::Email, &record.email)?;
    if tokens {
        hold(Kind::Token, &record.token)?;
    }
    Ok(())
}

fn keep_shared(scratch: &Connection) -> rusqlite::Result<()> {
    scratch.execute_batch(
        "INSERT INTO shared SELECT kind, form, min(row), max(row) FROM held \
             GROUP BY kind, form HAVING count(*) > 1;
         DROP TABLE held;
         COMMIT",
    )
}

fn shared(scratch: &Connection, kind: Kind, form: &[u8]) -> rusqlite::Result<Option<(i64, i64)>> {
    scratch
        .prepare_cached("SELECT first, last FROM shared WHERE kind = ?1 AND form = ?2")?
        .query_row((kind as u8, form), |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()
}

/// The form that is compared, if an account can have it. A token is in no temporary file.
fn form(kind: Kind, cell: &Cell) -> Option<Vec<u8>> {
    let text = cell.text().ok()?;
    match kind {
        Kind::Username | Kind::Email => Some(NormalForm::of(text))
            .filter(|form| !form.is_empty())
            .map(|form| form.as_str().as_bytes().to_vec()),
        Kind::Token => token_key(text).map(|key| key.digest().to_vec()),
    }
}

fn same(what: &str, other: Option<&Cell>, row: i64) -> String {
    let other = other.and_then(|cell| cell.text().ok()).unwrap_or_default();
    let other = quoted(other);
    format!("its {what} differs from that of row {row}, {other}, only in case")
}

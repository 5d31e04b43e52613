//! The statements that store signals, for other database layers.

use std::fmt;

use crate::enqueue::SignalRow;

/// The most bytes of payloads that one statement inserts, unless one row has more.
const CHUNK: usize = 8 << 20;

/// A statement with its values, for a database layer other than sqlx. `Debug` does not show the values.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct InsertStatement {
    /// The SQL, with the parameters `?1`, `?2` and so on in SQLite, and `$1`, `$2` and so on in PostgreSQL.
    pub sql: &'static str,
    /// The values of the parameters, all of them texts.
    pub values: Vec<String>,
}

impl fmt::Debug for InsertStatement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertStatement")
            .field("sql", &self.sql)
            .finish_non_exhaustive()
    }
}

/// Splits rows so that the values of each chunk take some megabytes at most.
pub(super) fn chunks(rows: &[SignalRow]) -> impl Iterator<Item = &[SignalRow]> {
    let mut bytes = 0;
    rows.chunk_by(move |row, next| {
        bytes += row.payload.len();
        let fits = bytes + next.payload.len() <= CHUNK;
        if !fits {
            bytes = 0;
        }
        fits
    })
}

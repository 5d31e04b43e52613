//! Which database, and opening it.

use std::path::PathBuf;
use std::str::FromStr;

/// Where the accounts are.
#[derive(Clone, Debug)]
pub(super) enum Location {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL.
    Postgres(String),
}

impl FromStr for Location {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(file) = text.strip_prefix("sqlite:") {
            return Ok(Self::Sqlite(file.strip_prefix("//").unwrap_or(file).into()));
        }
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        Err("it is neither `sqlite:FILE` nor `postgres://USER@HOST/NAME`".to_owned())
    }
}

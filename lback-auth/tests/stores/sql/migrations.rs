//! The tables: created once by concurrent processes, and left alone if they are of another version.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

/// The number of stores that open a new database at the same time.
const MANY: usize = 16;

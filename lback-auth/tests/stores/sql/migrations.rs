//! The tables: created once, however many come at a time, and left alone where they are newer.

#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

/// How many open a new database at the same time.
const MANY: usize = 16;

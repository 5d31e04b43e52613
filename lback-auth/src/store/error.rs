//! What a store says when it cannot do its work.

use lback_signals::BoxError;
use thiserror::Error;

/// A store could not do its work. Nothing of it is done, unless it says otherwise.
///
/// The reason is the [`source`](std::error::Error::source), and is the database's; none of its texts
/// are in what is shown here, since they may hold what was stored.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The database cannot be reached, or has no connection free. Trying again may help.
    #[error(
        "the database of the accounts cannot be reached; is it running, and are there enough connections?"
    )]
    Unavailable(#[source] BoxError),

    /// A statement waited too long for a lock that another transaction holds, or took too long. Trying
    /// again may help.
    #[error("a statement of the accounts waited too long for a lock, or took too long; try again")]
    TimedOut(#[source] BoxError),

    /// The database rolled the transaction back because it and another one waited for each other. Do
    /// all of it again.
    #[error("the database has rolled the transaction back to end a deadlock; try it again")]
    Deadlock(#[source] BoxError),

    /// The database rolled the transaction back because it and another one cannot both have read what
    /// they read (serialization failure), as where the application's rows are under a stricter
    /// isolation. Do all of it again.
    #[error("the database has rolled the transaction back: serialization failure; try it again")]
    SerializationFailure(#[source] BoxError),

    /// The database did not do what it was asked to.
    #[error("the database of the accounts has refused a statement")]
    Refused(#[source] BoxError),

    /// What is stored cannot be read.
    #[error("a row of the accounts' database cannot be read")]
    Unreadable(#[source] BoxError),

    /// The tables are of an earlier version than this program knows. There is no migration before the
    /// first release.
    #[error(
        "the tables of the accounts are of version {found}, and this program knows version {known} only; \
         drop them, or use the program that created them"
    )]
    OlderSchema {
        /// Theirs.
        found: i64,
        /// The one that is known.
        known: i64,
    },

    /// The tables are of a later version than this program knows.
    #[error(
        "the tables of the accounts are of version {found}, and this program knows those up to {known}; update it"
    )]
    NewerSchema {
        /// Theirs.
        found: i64,
        /// The last one that is known.
        known: i64,
    },

    /// The database of PostgreSQL has another encoding than UTF-8, which texts do not come back from as
    /// they were stored.
    #[error(
        "the database is encoded in {found}, and accounts need UTF8; create it with `ENCODING 'UTF8' TEMPLATE template0`"
    )]
    Encoding {
        /// The name of its encoding.
        found: String,
    },

    /// The path names a database of SQLite in memory, or a temporary one, which only one connection can
    /// see.
    #[error(
        "the path names no file, so that each connection would have another database; name a file, or use `MemoryStore`"
    )]
    NoFile,

    /// SQLite does not look after foreign keys on the connections that the store was given, so that
    /// what belongs to an account would outlive it.
    #[error(
        "foreign keys are off on the pool's connections; turn them on with `foreign_keys(true)`"
    )]
    ForeignKeysOff,
}

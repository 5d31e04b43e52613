//! The error of a store.

use lback_signals::BoxError;
use thiserror::Error;

/// Error of a store. The failed operation changed nothing, unless its method says otherwise.
///
/// The [`source`](std::error::Error::source) is the database's error. The messages here do not include
/// it, since it may quote what is stored.
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

    /// The database rolled the transaction back because it and another one waited for each other.
    /// Repeat the whole transaction.
    #[error("the database has rolled the transaction back to end a deadlock; try it again")]
    Deadlock(#[source] BoxError),

    /// The database rolled the transaction back because of what another transaction read or wrote
    /// (serialization failure), as where the application's rows are under a stricter isolation. Repeat
    /// the whole transaction.
    #[error("the database has rolled the transaction back: serialization failure; try it again")]
    SerializationFailure(#[source] BoxError),

    /// A row has a value that a unique constraint allows only once.
    ///
    /// A store takes this error of [`AccountTable::insert`](crate::AccountTable::insert) and
    /// [`update`](crate::AccountTable::update) as a username or an address that is taken.
    #[error("a row of the accounts' database has a value that another row has already")]
    UniqueViolation(#[source] BoxError),

    /// The database refused a statement.
    #[error("the database of the accounts has refused a statement")]
    Refused(#[source] BoxError),

    /// A stored row cannot be read.
    #[error("a row of the accounts' database cannot be read")]
    Unreadable(#[source] BoxError),

    /// The tables are of an earlier version than this program knows. There is no migration before the
    /// first release.
    #[error(
        "the tables of the accounts are of version {found}, and this program knows version {known} only; \
         drop them, or use the program that created them"
    )]
    OlderSchema {
        /// The version of the tables.
        found: i64,
        /// The version that this program knows.
        known: i64,
    },

    /// The tables are of a later version than this program knows.
    #[error(
        "the tables of the accounts are of version {found}, and this program knows those up to {known}; update it"
    )]
    NewerSchema {
        /// The version of the tables.
        found: i64,
        /// The last version that this program knows.
        known: i64,
    },

    /// The ledger was created for another table of accounts. A database has one: in a second table, accounts with the
    /// same ids could use the tokens of the first.
    #[error(
        "the tokens and attempts in this database belong to the accounts of `{found}`, not `{accounts}`; use \
         another file, or in PostgreSQL another schema in the `search_path`"
    )]
    OtherAccounts {
        /// The [name](crate::AccountTable::NAME) of the table that the ledger was created for.
        found: String,
        /// The name of the table that the store was opened with.
        accounts: &'static str,
    },

    /// The PostgreSQL database has another encoding than UTF-8, so that texts would not come back as
    /// they were stored.
    #[error(
        "the database is encoded in {found}, and accounts need UTF8; create it with `ENCODING 'UTF8' TEMPLATE template0`"
    )]
    Encoding {
        /// The name of its encoding.
        found: String,
    },

    /// The path names an in-memory or temporary SQLite database, which only one connection can see.
    #[error(
        "the path names no file, so that each connection would have another database; name a file, or use `MemoryStore`"
    )]
    NoFile,

    /// SQLite does not enforce foreign keys on the connections of the pool, so that rows of the
    /// application that refer to an account would outlive it.
    #[error(
        "foreign keys are off on the pool's connections; turn them on with `foreign_keys(true)`"
    )]
    ForeignKeysOff,
}

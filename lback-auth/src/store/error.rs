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
    /// The database is unreachable, or has no free connection. Trying again may help.
    #[error(
        "the accounts' database is unreachable or has no free connection: check that it runs, and allow more connections"
    )]
    Unavailable(#[source] BoxError),

    /// A statement timed out, or waited too long for a lock of another transaction. Trying again may help.
    #[error("a statement on the accounts' database timed out: try again")]
    TimedOut(#[source] BoxError),

    /// The database rolled the transaction back to end a deadlock with another one. Repeat the whole
    /// transaction.
    #[error("the database rolled the transaction back to end a deadlock: repeat the transaction")]
    Deadlock(#[source] BoxError),

    /// The database rolled the transaction back on a serialization failure: another transaction read or
    /// wrote the same rows, and the application uses a stricter isolation level. Repeat the whole
    /// transaction.
    #[error(
        "the database rolled the transaction back on a serialization failure: repeat the transaction"
    )]
    SerializationFailure(#[source] BoxError),

    /// A statement violated a unique constraint.
    ///
    /// If [`AccountTable::insert`](crate::AccountTable::insert) returns this error, the store reports that the username
    /// or the address is taken if another account has one of them. If none has, the constraint is the application's,
    /// and the store returns the error. If [`update`](crate::AccountTable::update) returns it in a change of address, the
    /// store reports that the address is taken.
    #[error("a row violates a unique constraint of the accounts' database: use another value")]
    UniqueViolation(#[source] BoxError),

    /// The database refused a statement.
    #[error("the accounts' database refused a statement: see the source of this error")]
    Refused(#[source] BoxError),

    /// A stored row is unreadable.
    #[error(
        "a row of the accounts' database is unreadable: restore it, see the source of this error"
    )]
    Unreadable(#[source] BoxError),

    /// The tables have an earlier version than this program requires. There is no migration before the
    /// first release.
    #[error(
        "the accounts' tables have version {found}, but this program requires version {known}: drop the \
         tables, or use the program that created them"
    )]
    OlderSchema {
        /// The version of the tables.
        found: i64,
        /// The version that this program requires.
        known: i64,
    },

    /// The tables have a later version than this program requires.
    #[error(
        "the accounts' tables have version {found}, but this program requires version {known}: update the program"
    )]
    NewerSchema {
        /// The version of the tables.
        found: i64,
        /// The version that this program requires.
        known: i64,
    },

    /// The ledger was created for another table of accounts. A database has one: in a second table, accounts with the
    /// same ids could use the tokens of the first.
    #[error(
        "the tokens and attempts in this database belong to the accounts of `{found}`, not of \
         `{accounts}`: use another file, or in PostgreSQL a `search_path` with another schema and without this one"
    )]
    OtherAccounts {
        /// The [name](crate::AccountTable::NAME) of the table that the ledger was created for.
        found: String,
        /// The name of the table that the store was opened with.
        accounts: &'static str,
    },

    /// The encoding of the PostgreSQL database is not UTF-8, so it cannot store every text.
    #[error(
        "the encoding of the accounts' database is {found}, but must be UTF8: create the database \
         with `ENCODING 'UTF8' TEMPLATE template0`"
    )]
    Encoding {
        /// The name of the encoding.
        found: String,
    },

    /// The path names an in-memory or temporary SQLite database, which each connection has separately.
    #[error(
        "the path names an in-memory or temporary database, which each connection has separately: name a \
         file, or use `MemoryStore`"
    )]
    NoFile,

    /// SQLite does not enforce foreign keys on the pool's connections. Rows of the application that refer
    /// to a deleted account would remain.
    #[error(
        "foreign keys are off on the pool's connections: turn them on with `foreign_keys(true)`"
    )]
    ForeignKeysOff,
}

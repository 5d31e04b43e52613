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

    /// The database did not do what it was asked to.
    #[error("the database of the accounts has refused a statement")]
    Refused(#[source] BoxError),

    /// What is stored cannot be read.
    #[error("a row of the accounts' database cannot be read")]
    Unreadable(#[source] BoxError),

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

    /// SQLite does not look after foreign keys on the connections that the store was given, so that
    /// what belongs to an account would outlive it.
    #[error(
        "foreign keys are off on the pool's connections; turn them on with `foreign_keys(true)`"
    )]
    ForeignKeysOff,
}

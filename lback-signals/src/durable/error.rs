//! The errors of outboxes.

use crate::enqueue::EnqueueError;
use crate::report::BoxError;

/// Error of an outbox.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// A signal of the transaction could not be enqueued, so the transaction was rolled back.
    #[error("the transaction was rolled back, since a signal in it could not be enqueued")]
    Enqueue(#[from] EnqueueError),
    /// The database did not carry out a statement. A later attempt may succeed.
    #[error("the database of the outbox did not answer or refused a statement")]
    Database(#[source] BoxError),
    /// The tables are of a newer version than this program reads.
    #[error(
        "the tables of the outbox are of version {found}, and this program reads up to {known}: update \
         `lback-signals` in it"
    )]
    NewerSchema {
        /// The version of the tables.
        found: i64,
        /// The newest version that this program reads.
        known: i64,
    },
    /// Two signals or two receivers of this program have the same durable name, or another fault of the wiring
    /// keeps the outbox from working.
    #[error("the wiring of this program is faulty: {0}")]
    Wiring(String),
}

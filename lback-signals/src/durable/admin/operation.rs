//! The changes of operators.

use std::time::SystemTime;

use uuid::Uuid;

/// An operation of an operator, as the outbox logs it.
///
/// Several calls with the same id are one operation, such as the pages of a long replay.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The id of the operation, a UUID of version 7.
    pub id: Uuid,
    /// The command, such as `discard 7`.
    pub command: String,
    /// The name of the operator.
    pub operator: String,
    /// The reason, in the operator's words.
    pub because: Option<String>,
}

/// A logged operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredOperation {
    /// The operation.
    pub operation: Operation,
    /// When it began.
    pub at: SystemTime,
    /// The number of deliveries that it has changed.
    pub deliveries: u64,
}

/// The outcome of [`OutboxAdmin::erase`](super::OutboxAdmin::erase).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// The number of signals that were deleted.
    pub signals: u64,
    /// The number of deliveries that were deleted, of these signals and of those that have a running delivery.
    pub deliveries: u64,
}

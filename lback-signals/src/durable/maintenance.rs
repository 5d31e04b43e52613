//! Deleting dead letters and kept signals whose time is over.

use std::time::Duration;

/// The time for which a [`Worker`](super::Worker) keeps dead letters by default: 90 days.
pub const DEAD_LETTER_RETENTION: Duration = Duration::from_hours(90 * 24);

/// The most dead letters, and the most signals, that one call deletes.
pub(super) const MAINTAINED: u32 = 1000;

/// The outcome of [`Outbox::maintain`](super::Outbox::maintain).
///
/// # Examples
///
/// Deletes all that are too old, in a program without a worker:
///
/// ```
/// use lback_signals::durable::{DEAD_LETTER_RETENTION, MemoryOutbox, Outbox, OutboxError};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), OutboxError> {
/// # let outbox = MemoryOutbox::new();
/// while outbox.maintain(DEAD_LETTER_RETENTION).await?.has_more {}
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Maintenance {
    /// The number of parked deliveries whose key had no earlier one left, so that the outbox has freed them. Anything
    /// but zero is a defect of the outbox, or the trace of an edit by hand.
    pub freed: u64,
    /// The number of dead letters that were deleted, since they are older than the retention.
    pub dead: u64,
    /// The number of kept signals that were deleted, since their time is over.
    pub signals: u64,
    /// The number of signals of other services whose source and id were forgotten, since their time is over.
    pub landed: u64,
    /// Whether another call would delete more.
    pub has_more: bool,
}

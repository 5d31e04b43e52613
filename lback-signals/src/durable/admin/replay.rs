//! Delivering stored signals once more.

use std::time::SystemTime;

use uuid::Uuid;

/// The signals that a replay delivers to a receiver once more.
///
/// These are the [kept](macro@crate::signal#durable-signals) signals without a delivery to the receiver, and the
/// signals with a dead letter of the receiver, kept or not. Signals whose delivery to the receiver waits or runs are
/// left out, and so are those that are sent after the first page.
///
/// # Examples
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// use lback_signals::durable::{MemoryOutbox, Operation, OutboxAdmin, OutboxError, Replay, Uuid};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), OutboxError> {
/// # let outbox = MemoryOutbox::new();
/// let mut replay = Replay {
///     receiver: "send-receipt".to_owned(),
///     earlier_names: vec!["mail-receipt".to_owned()],
///     ordered_as: None,
///     signals: vec!["order.paid".to_owned()],
///     since: SystemTime::now() - Duration::from_hours(2),
///     limit: 500,
///     from: None,
/// };
/// let replayable = outbox.replayable(&replay).await?;
/// println!("{} signals, kept since {:?}", replayable.signals, replayable.kept_since);
/// let operation = Operation {
///     id: Uuid::now_v7(),
///     command: "replay send-receipt".to_owned(),
///     operator: "ada".to_owned(),
///     because: Some("receipts were lost".to_owned()),
/// };
/// loop {
///     let page = outbox.replay(&replay, &operation).await?;
///     if page.next.is_none() {
///         break;
///     }
///     replay.from = page.next;
/// }
/// # assert_eq!(replayable.signals, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The name of the receiver, under which new deliveries are stored.
    pub receiver: String,
    /// The earlier names of the receiver, under which it may have deliveries.
    pub earlier_names: Vec<String>,
    /// The name under which deliveries of one key are ordered, if the receiver is ordered: its oldest name.
    pub ordered_as: Option<String>,
    /// The stored names of its signal: the current and earlier ones.
    pub signals: Vec<String>,
    /// Only signals that were sent at this time or later.
    pub since: SystemTime,
    /// The maximum number of signals to deliver in this page. 0 counts as 1.
    pub limit: u32,
    /// Where this page begins: the [`next`](Replayed::next) of the page before. `None` is the first page.
    pub from: Option<ReplayPosition>,
}

impl Replay {
    /// Returns the names under which the receiver may have deliveries.
    pub(in crate::durable) fn receivers(&self) -> Vec<&str> {
        let earlier = self.earlier_names.iter().map(String::as_str);
        [&*self.receiver].into_iter().chain(earlier).collect()
    }
}

/// Where the next page of a [`Replay`] begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayPosition {
    /// The time of the first page, in the unit of the outbox's clock: a busy program sends signals faster than they are
    /// replayed.
    pub(in crate::durable) until: i64,
    /// The last delivery before the first page. Deliveries of the replay itself are later, and may die meanwhile.
    pub(in crate::durable) last_number: i64,
    pub(in crate::durable) step: ReplayStep,
}

/// A replay first delivers the kept signals, and then the dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::durable) enum ReplayStep {
    /// The kept signals after this one, by the time of sending, in the unit of the outbox's clock, and id.
    Kept(i64, Uuid),
    /// The dead letters after this number.
    Dead(i64),
}

impl ReplayPosition {
    /// Returns the position at which a replay begins.
    pub(in crate::durable) fn first(until: i64, last_number: i64) -> Self {
        Self {
            until,
            last_number,
            step: ReplayStep::Kept(i64::MIN, Uuid::nil()),
        }
    }
}

/// The outcome of [`OutboxAdmin::replay`](super::OutboxAdmin::replay).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// The number of signals that are delivered once more.
    pub deliveries: u64,
    /// Where the next page begins. `None` after the last page.
    pub next: Option<ReplayPosition>,
}

/// What a [`Replay`] would deliver.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayable {
    /// The number of signals, without regard to the limit.
    pub signals: u64,
    /// When the oldest kept signal of these names was sent. Earlier ones are stored only if they have a delivery.
    /// `None` if none is kept.
    pub kept_since: Option<SystemTime>,
}

//! Delivering stored signals once more.

use std::time::SystemTime;

use uuid::Uuid;

use crate::info::ReceiverInfo;

/// The signals that a replay delivers to a receiver once more.
///
/// These are the [kept](macro@crate::signal#durable-signals) signals without a delivery to the receiver, and the
/// signals with a dead letter of the receiver, kept or not. Signals whose delivery to the receiver waits or runs are
/// left out, and so are those that are sent after the first page.
///
/// [`Replay::to`] takes the names from a receiver of this program. The fields are for a receiver of another program.
///
/// # Examples
///
/// ```standalone_crate
/// use std::time::{Duration, SystemTime};
///
/// use lback_signals::durable::{MemoryOutbox, Operation, OutboxAdmin, OutboxError, Replay, Uuid};
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal(durable(name = "order.paid", version = 1, keep = "7d"))]
/// struct OrderPaid {
///     number: u64,
/// }
///
/// #[receiver(signal = OrderPaid, durable(name = "send-receipt", was("mail-receipt")))]
/// async fn send_receipt(event: &OrderPaid) {
///     println!("receipt {}", event.number);
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), OutboxError> {
/// # let outbox = MemoryOutbox::new();
/// let send_receipt = OrderPaid::info().receivers()[0];
/// let two_hours_ago = SystemTime::now() - Duration::from_hours(2);
/// let mut replay = Replay::to(send_receipt, two_hours_ago).expect("a durable receiver");
/// # assert_eq!(replay.earlier_names, ["mail-receipt"]);
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
    /// The name under which deliveries of one key are ordered, if the receiver is ordered: its oldest name. With another
    /// name the deliveries of the replay run beside those of their keys.
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
    /// Returns the first page of a replay to a receiver of this program, with the limit 500. `None` if the receiver is
    /// not durable.
    #[must_use]
    pub fn to(receiver: &ReceiverInfo, since: SystemTime) -> Option<Self> {
        let signal = receiver.signal().durable()?;
        let receiver = receiver.durable()?;
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        Some(Self {
            receiver: receiver.name().to_owned(),
            earlier_names: owned(receiver.was()),
            ordered_as: receiver.ordered_as().map(str::to_owned),
            signals: owned(&[&[signal.name()], signal.was()].concat()),
            since,
            limit: 500,
            from: None,
        })
    }

    /// Returns the names under which the receiver may have deliveries.
    pub(in crate::durable) fn receivers(&self) -> Vec<&str> {
        let earlier = self.earlier_names.iter().map(String::as_str);
        [&*self.receiver].into_iter().chain(earlier).collect()
    }
}

/// Where the next page of a [`Replay`] begins.
///
/// Only the outbox that returned it reads its fields. Their times are in a unit that the outbox chooses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReplayPosition {
    /// The time of the first page. Signals that are sent later are left out, since a busy program may send them faster
    /// than they are replayed.
    pub until: i64,
    /// The number of the last delivery before the first page. Deliveries of the replay itself are later, and may die
    /// meanwhile.
    pub last_number: i64,
    /// The last signal of the page before.
    pub step: ReplayStep,
}

/// The last signal of a page. A replay first delivers the kept signals, and then the dead letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReplayStep {
    /// The kept signals after this one, by the time of sending and id.
    Kept(i64, Uuid),
    /// The dead letters after this number.
    Dead(i64),
}

impl ReplayPosition {
    /// Returns the position at which a replay begins.
    #[must_use]
    pub fn first(until: i64, last_number: i64) -> Self {
        Self {
            until,
            last_number,
            step: ReplayStep::Kept(i64::MIN, Uuid::nil()),
        }
    }
}

/// The outcome of [`OutboxAdmin::replay`](super::OutboxAdmin::replay).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The number of signals that are delivered once more.
    pub deliveries: u64,
    /// Where the next page begins. `None` after the last page.
    pub next: Option<ReplayPosition>,
}

/// The number of signals that a [`Replay`] would deliver, and since when they are kept.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayable {
    /// The number of signals, without regard to the limit.
    pub signals: u64,
    /// When the oldest kept signal of these names was sent. Earlier ones are stored only if they have a delivery.
    /// `None` if none is kept.
    pub kept_since: Option<SystemTime>,
}

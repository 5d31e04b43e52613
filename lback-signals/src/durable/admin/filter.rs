//! The deliveries that an operator selects.

/// The deliveries that an operator selects. A field that is `None` matches all of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryFilter {
    /// The stored name of the receiver.
    pub receiver: Option<String>,
    /// The stored name of the signal.
    pub signal: Option<String>,
    /// The state.
    pub state: Option<DeliveryState>,
    /// Only deliveries with a larger number, for the next page.
    pub after: i64,
    /// The maximum number of deliveries to return. `None` is no limit.
    pub limit: Option<u32>,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DeliveryState {
    /// Waits until it is due, or its lease has expired and no worker has claimed it yet.
    Waiting,
    /// Waits until the earlier deliveries of its key have ended.
    Parked,
    /// A worker runs it, and its lease has not expired.
    Running,
    /// A dead letter: not attempted again, unless an operator retries it.
    Dead,
}

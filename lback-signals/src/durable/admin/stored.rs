//! The contents of an outbox, as operators see them.

use std::fmt;
use std::time::SystemTime;

use uuid::Uuid;

use super::filter::DeliveryState;

/// A stored delivery, without its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoredDelivery {
    /// The number of the delivery.
    pub number: i64,
    /// The id of the signal.
    pub signal_id: Uuid,
    /// The stored name of the signal.
    pub signal: String,
    /// The version of the payload.
    pub version: u32,
    /// The stored name of the receiver.
    pub receiver: String,
    /// The key by which deliveries are ordered, as JSON.
    pub key: Option<String>,
    /// The state.
    pub state: DeliveryState,
    /// The number of attempts so far.
    pub attempt: u32,
    /// When it is due, or when its lease expires. `None` if it is parked or dead.
    pub due_at: Option<SystemTime>,
    /// The name of the worker that runs it.
    pub worker: Option<String>,
    /// When an attempt last failed.
    pub failed_at: Option<SystemTime>,
    /// The last error.
    pub error: Option<String>,
}

/// A stored signal. Its `Debug` does not show the payload.
#[derive(Clone, PartialEq, Eq)]
pub struct StoredSignal {
    /// The id of the signal.
    pub id: Uuid,
    /// The stored name.
    pub name: String,
    /// The version of the payload.
    pub version: u32,
    /// The key by which deliveries are ordered, as JSON.
    pub key: Option<String>,
    /// The [subject](crate::durable::SnapshotSender::subject) by which the signal is erased.
    pub subject: Option<String>,
    /// The payload, as JSON.
    pub payload: String,
    /// The W3C `traceparent` of the sender.
    pub trace: Option<String>,
    /// When it was stored.
    pub sent_at: SystemTime,
    /// When its last delivery was done, if it is kept.
    pub done_at: Option<SystemTime>,
}

impl fmt::Debug for StoredSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StoredSignal")
            .field("id", &self.id)
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}

/// Stored deliveries with the same names and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct StoredForm {
    /// The stored name of the receiver.
    pub receiver: String,
    /// The stored name of the signal.
    pub signal: String,
    /// The version of the payload.
    pub version: u32,
    /// The number of deliveries that wait, run or are parked.
    pub pending: u64,
    /// The number of dead letters.
    pub dead: u64,
}

//! The operations of an operator on what an outbox stores.

use std::fmt;
use std::time::SystemTime;

use uuid::Uuid;

use super::error::OutboxError;
use super::outbox::Outbox;

/// An outbox that operators can inspect and change.
///
/// Each operation is atomic. An operation that changes deliveries takes an [`Operation`], and stores it with the
/// number of deliveries that it changed. Running deliveries are never changed.
pub trait OutboxAdmin: Outbox {
    /// Returns the deliveries that match, by number.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn deliveries(
        &self,
        filter: &DeliveryFilter,
    ) -> impl Future<Output = Result<Vec<StoredDelivery>, OutboxError>> + Send;

    /// Counts the deliveries that match, without regard to the limit of the filter.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn count(
        &self,
        filter: &DeliveryFilter,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Returns the signal of a delivery, with its payload. `None` if there is none of this number.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn signal_of(
        &self,
        number: i64,
    ) -> impl Future<Output = Result<Option<StoredSignal>, OutboxError>> + Send;

    /// Makes these dead letters due, with their attempts counted from zero. Returns how many it has changed; other
    /// deliveries stay as they are.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has changed nothing.
    fn retry(
        &self,
        numbers: &[i64],
        operation: &Operation,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Deletes these deliveries that wait or are dead, and each signal whose last delivery is gone. Returns how many
    /// it has deleted.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has changed nothing.
    fn discard(
        &self,
        numbers: &[i64],
        operation: &Operation,
    ) -> impl Future<Output = Result<u64, OutboxError>> + Send;

    /// Delivers stored signals to a receiver once more: those whose deliveries are done and that are kept, and those
    /// with a dead letter of this receiver. Signals whose delivery to the receiver waits or runs are left out.
    ///
    /// Returns how many it has changed, at most the limit of the replay.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has changed nothing.
    fn replay(
        &self,
        replay: &Replay,
        operation: &Operation,
    ) -> impl Future<Output = Result<Replayed, OutboxError>> + Send;

    /// Returns the names and versions of what is stored, with the number of deliveries of each.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn stored_forms(&self) -> impl Future<Output = Result<Vec<StoredForm>, OutboxError>> + Send;

    /// Returns the signals of a [subject](super::SnapshotSender::subject), by the time of sending.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn signals_of(
        &self,
        subject: &str,
    ) -> impl Future<Output = Result<Vec<StoredSignal>, OutboxError>> + Send;

    /// Returns the last operations, newest first.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn operations(
        &self,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<StoredOperation>, OutboxError>> + Send;
}

/// Which deliveries an operator means.
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
    /// The most deliveries to return. `None` is all of them.
    pub limit: Option<u32>,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum DeliveryState {
    /// Waits until it is due.
    Waiting,
    /// Waits until the earlier deliveries of its key are done.
    Parked,
    /// A worker runs it, whose lease has not expired.
    Running,
    /// It is not attempted again.
    Dead,
}

/// A stored delivery, without its payload.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
#[non_exhaustive]
pub struct StoredSignal {
    /// The id of the signal.
    pub id: Uuid,
    /// The stored name.
    pub name: String,
    /// The version of the payload.
    pub version: u32,
    /// The key by which deliveries are ordered, as JSON.
    pub key: Option<String>,
    /// The text by which the signal is erased.
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

/// The signals that are delivered once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replay {
    /// The name of the receiver, under which deliveries are stored.
    pub receiver: String,
    /// The name under which deliveries of one key are ordered, of a receiver with an order.
    pub ordered_as: Option<String>,
    /// The stored names of its signal.
    pub signals: Vec<String>,
    /// Only signals that were sent at this time or later.
    pub since: SystemTime,
    /// Only signals after this one, in the order of sending: the last one of the page before.
    pub after: Option<(SystemTime, Uuid)>,
    /// The most signals to deliver.
    pub limit: u32,
}

/// The outcome of [`OutboxAdmin::replay`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Replayed {
    /// The number of signals that are delivered once more.
    pub deliveries: u64,
    /// The last signal of the page. `None` if no signal is left.
    pub last: Option<(SystemTime, Uuid)>,
}

/// Stored deliveries with the same names and version.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
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

/// An operation of an operator, as the outbox notes it.
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
    /// Why, in the operator's words.
    pub because: Option<String>,
}

/// A noted operation.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct StoredOperation {
    /// The operation.
    pub operation: Operation,
    /// When it began.
    pub at: SystemTime,
    /// The number of deliveries that it has changed.
    pub deliveries: u64,
}

//! The storage of deliveries.

use std::any::Any;
use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use uuid::Uuid;

use super::error::OutboxError;
use super::maintenance::Maintenance;
use crate::enqueue::SignalRow;

/// A storage of deliveries, from which a [`Worker`](super::Worker) takes them.
///
/// A delivery is one signal for one receiver. It is *waiting* until it is due, *running* while a worker has
/// claimed it and its lease has not expired, and *dead* when it is not attempted again; a completed delivery is
/// deleted. Each operation is atomic, and times are those of the storage's clock. Dropping a future leaves an
/// operation done or not done.
///
/// The deliveries of a receiver with `order = key` form a chain for each key. One of them waits, runs, or is a dead
/// letter that blocks the others, which are *parked*: the first one in the order of their numbers is due when it has
/// left the chain.
///
/// A clone is the same outbox.
pub trait Outbox: Clone + Send + Sync + 'static {
    /// Stores signals and their deliveries, which are due at once. Those whose chain is not empty are parked.
    ///
    /// # Errors
    ///
    /// The storage did not answer, and has stored all or nothing.
    fn insert(&self, rows: Vec<SignalRow>) -> impl Future<Output = Result<(), OutboxError>> + Send;

    /// Claims deliveries that are due or whose lease has expired: counts the attempt, draws a new random claim,
    /// and starts the lease. Of each receiver, those that have been due for longest come first, by number where
    /// that is equal. Returns them by number.
    ///
    /// A delivery that became visible after the claim of one that was due later may be left out until
    /// [`next_due`](Self::next_due) has found it.
    ///
    /// # Errors
    ///
    /// The storage did not answer. Claims that it may have made expire with their lease.
    fn claim(
        &self,
        request: &ClaimRequest,
    ) -> impl Future<Output = Result<Vec<Claimed>, OutboxError>> + Send;

    /// Restarts the leases of running deliveries. Returns the claims that are lost: their deliveries are gone or
    /// claimed by another worker.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn renew(
        &self,
        claims: &[Claim],
        lease: Duration,
    ) -> impl Future<Output = Result<Vec<Claim>, OutboxError>> + Send;

    /// Ends attempts: deletes or delays their deliveries, makes them dead letters, or gives them back. Deletes each
    /// signal whose last delivery is gone, unless it is to be kept. Frees the next delivery of each chain whose head
    /// has left it. Returns the claims that were lost before, whose deliveries it leaves as they are.
    ///
    /// All of it is done or none.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn finish(
        &self,
        attempts: &[(Claim, Ending)],
    ) -> impl Future<Output = Result<Vec<Claim>, OutboxError>> + Send;

    /// Returns the time until the next delivery of these receivers is due or its lease expires: zero if it is or has,
    /// `None` if there is none.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn next_due(
        &self,
        receivers: &[ReceiverClaim],
    ) -> impl Future<Output = Result<Option<Duration>, OutboxError>> + Send;

    /// Deletes dead letters that have been dead for longer than the retention, and kept signals whose time is over.
    ///
    /// One call deletes a bounded number of both, so that other writers do not wait for long. A worker calls it about
    /// once per minute, and again after a short pause while there are [more](Maintenance::has_more).
    ///
    /// It also frees the first delivery of each chain whose deliveries are all parked. Only a defect or an edit by hand
    /// leaves such a chain.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn maintain(
        &self,
        dead_letter_retention: Duration,
    ) -> impl Future<Output = Result<Maintenance, OutboxError>> + Send;

    /// Waits until deliveries may have been added since an earlier call: by this process, or by another one if
    /// the storage reports that.
    ///
    /// Returns the number of changes so far, as soon as it is not `seen`. The first call of a worker passes 0. A
    /// change between two calls ends the second one at once, for each of several workers. It may return without a
    /// change, and a change of another process may not end it, since workers also poll.
    fn changed(&self, seen: u64) -> impl Future<Output = u64> + Send;

    /// Counts the deliveries of each receiver. It reads all of them, so it takes longer the more there are.
    ///
    /// # Errors
    ///
    /// The storage did not answer.
    fn counts(&self) -> impl Future<Output = Result<Vec<Counts>, OutboxError>> + Send;

    /// Notes that a worker of this process takes deliveries from this outbox, so that the outbox does not warn of
    /// commits that no worker delivers.
    fn worker_started(&self) {}

    /// Returns the database of the transactions that [`DurableTx`](super::DurableTx) begins, by the `NAME` of
    /// sqlx's `Database`: `SQLite` or `PostgreSQL`. `None` if the storage has no transactions.
    fn database(&self) -> Option<&'static str>;

    /// Returns the transaction that the receiver of this claim may begin with `DurableTx`. `None` if the storage
    /// has none.
    fn transaction(&self, claim: Claim) -> Option<Arc<dyn DeliveryTransaction>>;
}

/// The transaction of one delivery, which its receiver begins with [`DurableTx`](super::DurableTx).
pub trait DeliveryTransaction: Any + Send + Sync {
    /// Completes the delivery in the transaction, and commits. A claim that is lost, or an error, rolls the
    /// transaction back.
    ///
    /// The worker gives it the time of a lease, so it does not wait for `after_commit` receivers.
    fn complete(
        self: Arc<Self>,
    ) -> Pin<Box<dyn Future<Output = Result<DeliveryCommit, OutboxError>> + Send>>;

    /// Waits until the `after_commit` receivers have run of signals that the receiver has sent in the transaction.
    /// Called after a commit. Dropping the future cancels none of them. By default there are none.
    fn after_commit(self: Arc<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        Box::pin(ready(()))
    }

    /// Rolls the transaction back, if the receiver has begun it.
    fn roll_back(self: Arc<Self>) -> Pin<Box<dyn Future<Output = ()> + Send>>;
}

/// The outcome of [`DeliveryTransaction::complete`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryCommit {
    /// The receiver has not begun the transaction: the delivery is still to be completed.
    NotBegun,
    /// The effects of the receiver are committed, and its delivery is completed.
    Committed,
    /// Another worker has claimed the delivery. The transaction was rolled back.
    Lost,
}

/// The end of an attempt, and what becomes of its delivery.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The receiver succeeded: its delivery is deleted.
    Done,
    /// The receiver failed, and is called again.
    Retry {
        /// The time from now to the next attempt.
        after: Duration,
        /// Kept up to 4 KiB.
        error: String,
    },
    /// The delivery becomes a dead letter.
    Dead {
        /// Kept up to 4 KiB.
        error: String,
        /// Whether the receiver was called. If not, the attempt is not counted.
        was_run: bool,
        /// Whether the later deliveries of its key wait until the dead letter is retried, discarded or deleted.
        /// Otherwise the next one is due at once. Without an order no delivery waits.
        blocks_key: bool,
    },
    /// The worker gives the delivery back, and the attempt is not counted.
    Released {
        /// The time from now until it is due. Zero unless this program cannot run the delivery.
        after: Duration,
    },
}

/// The right to run a delivery. Each write is refused when another worker has claimed the delivery since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Claim {
    /// The number of the delivery.
    pub number: i64,
    /// Random, and drawn again for each claim.
    pub token: i64,
}

/// The claim of a worker: receivers, lease and name.
#[derive(Clone, Debug)]
pub struct ClaimRequest {
    /// The receivers that can start now.
    pub receivers: Vec<ReceiverClaim>,
    /// The time after which another worker may claim the deliveries, unless they are renewed.
    pub lease: Duration,
    /// The name of the worker, for operators.
    pub worker: String,
}

/// The part of a claim for one receiver.
#[derive(Clone, Debug)]
pub struct ReceiverClaim {
    /// The names under which deliveries of the receiver are stored: the current and earlier ones.
    pub names: Vec<&'static str>,
    /// The oldest version of the payload that this program reads.
    pub oldest_version: u32,
    /// The newest version of the payload that this program reads.
    pub newest_version: u32,
    /// The most deliveries to claim.
    pub limit: u32,
}

/// A delivery that a worker has claimed. Its `Debug` does not show the payload.
#[derive(Clone)]
pub struct Claimed {
    /// The right to run it.
    pub claim: Claim,
    /// The id of the signal.
    pub id: Uuid,
    /// The stored name of the signal.
    pub signal: String,
    /// The name of the receiver as it is stored, which may be an earlier one.
    pub receiver: String,
    /// The version of the payload.
    pub version: u32,
    /// The payload, as JSON.
    pub payload: String,
    /// The W3C `traceparent` of the sender.
    pub trace: Option<String>,
    /// The time at which the signal was stored.
    pub sent_at: SystemTime,
    /// The number of this attempt, beginning with 1.
    pub attempt: u32,
}

impl fmt::Debug for Claimed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claimed")
            .field("claim", &self.claim)
            .field("id", &self.id)
            .field("signal", &self.signal)
            .field("receiver", &self.receiver)
            .field("version", &self.version)
            .field("attempt", &self.attempt)
            .finish_non_exhaustive()
    }
}

/// The deliveries of one receiver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// The stored name of the receiver.
    pub receiver: String,
    /// Deliveries that wait, due or not, and those that are parked.
    pub waiting: u64,
    /// Deliveries whose lease has not expired.
    pub running: u64,
    /// Dead letters.
    pub dead: u64,
    /// How long the oldest waiting delivery has been due.
    pub oldest_due: Option<Duration>,
}

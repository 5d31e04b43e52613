//! The outbox in memory.

mod admin;
mod chains;
mod clock;
mod fan_out;
mod state;
mod transaction;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use self::clock::Clock;
use self::state::State;
pub use self::transaction::MemoryTransaction;
use super::arrivals::Arrivals;
use super::dead_delivery::DeadDelivery;
use super::error::OutboxError;
use super::maintenance::Maintenance;
use super::outbox::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryTransaction, Ending, Outbox, ReceiverClaim,
};
use crate::enqueue::{EnqueueLimits, SignalRow};

/// An outbox in memory, for tests and examples: its deliveries end with the process.
///
/// It has the semantics of an outbox in a database, except that nothing survives and that receivers have no
/// [`DurableTx`](super::DurableTx). Its clock is tokio's, so leases and backoffs pass at once in a test whose
/// time is paused (`tokio::time::pause`).
///
/// A clone is the same outbox.
#[derive(Clone, Default)]
pub struct MemoryOutbox {
    shared: Arc<Shared>,
    limits: EnqueueLimits,
}

#[derive(Default)]
struct Shared {
    clock: Clock,
    /// Never locked across an `await`.
    state: Mutex<State>,
    arrivals: Arrivals,
}

impl MemoryOutbox {
    /// Creates an empty outbox.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Declares that this process has no worker, so that it is not warned of commits that none of its workers
    /// delivers.
    #[must_use]
    pub fn without_worker(self) -> Self {
        self.shared.arrivals.attend();
        self
    }

    /// Sets how far the clock of the outbox is from that of the process.
    pub(super) fn set_offset(&self, millis: i64) {
        self.shared.clock.set_offset(millis);
    }

    /// Returns the dead letters by number.
    pub(super) fn dead(&self) -> Vec<DeadDelivery> {
        self.state().dead()
    }

    /// Stores the signals that [`Transaction::take_deliveries`](crate::Transaction::take_deliveries) has returned, with
    /// their deliveries, and erases the earlier deliveries of these [subjects](super::SnapshotSender::subject) that
    /// wait or are dead, and their kept signals.
    ///
    /// A storage in memory calls it in its commit, as the last step that may fail. Wakes the workers.
    ///
    /// # Errors
    ///
    /// A signal is stored already. Then nothing has changed.
    pub fn write(&self, rows: Vec<SignalRow>, erased: &[&str]) -> Result<(), OutboxError> {
        let has_rows = !rows.is_empty();
        if !has_rows && erased.is_empty() {
            return Ok(());
        }
        let now = self.shared.clock.now();
        let mut state = self.state();
        // The insertion refuses before it changes anything, so it comes first.
        let last_number = state.last_number();
        state.insert(rows, now)?;
        let has_erased = state.erase(erased, last_number, now).deliveries > 0;
        drop(state);
        // An erasure may have freed deliveries.
        if has_rows || has_erased {
            self.shared.arrivals.committed();
        }
        Ok(())
    }

    /// Counts the stored signals.
    pub(super) fn count_signals(&self) -> u64 {
        self.state().signals()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Outbox for MemoryOutbox {
    async fn insert(&self, rows: Vec<SignalRow>) -> Result<(), OutboxError> {
        self.write(rows, &[])
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>, OutboxError> {
        self.state().claim(request, self.shared.clock.now())
    }

    async fn renew(&self, claims: &[Claim], lease: Duration) -> Result<Vec<Claim>, OutboxError> {
        Ok(self.state().renew(claims, lease, self.shared.clock.now()))
    }

    async fn finish(&self, attempts: &[(Claim, Ending)]) -> Result<Vec<Claim>, OutboxError> {
        let (lost, has_freed) = self.state().finish(attempts, self.shared.clock.now());
        if has_freed {
            self.shared.arrivals.wake();
        }
        Ok(lost)
    }

    async fn next_due(&self, receivers: &[ReceiverClaim]) -> Result<Option<Duration>, OutboxError> {
        Ok(self.state().next_due(receivers, self.shared.clock.now()))
    }

    async fn maintain(&self, dead_letter_retention: Duration) -> Result<Maintenance, OutboxError> {
        let now = self.shared.clock.now();
        let maintained = self.state().maintain(dead_letter_retention, now);
        if maintained.dead > 0 {
            // The dead letters may have blocked others.
            self.shared.arrivals.wake();
        }
        Ok(maintained)
    }

    async fn changed(&self, seen: u64) -> u64 {
        self.shared.arrivals.changed(seen).await
    }

    async fn counts(&self) -> Result<Vec<Counts>, OutboxError> {
        Ok(self.state().counts(self.shared.clock.now()))
    }

    fn worker_started(&self) {
        self.shared.arrivals.attend();
    }

    fn database(&self) -> Option<&'static str> {
        None
    }

    fn transaction(&self, _: Claim) -> Option<Arc<dyn DeliveryTransaction>> {
        None
    }
}

impl fmt::Debug for MemoryOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryOutbox")
            .field("deliveries", &self.state().len())
            .finish_non_exhaustive()
    }
}

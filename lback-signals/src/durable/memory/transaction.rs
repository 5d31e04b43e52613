//! Transactions of the outbox in memory.

use super::MemoryOutbox;
use crate::durable::error::OutboxError;
use crate::enqueue::EnqueueLimits;
use crate::report::Report;
use crate::signal::SyncSignal;
use crate::transaction::Transaction;

impl MemoryOutbox {
    /// Sets the limits of what one transaction enqueues.
    #[must_use]
    pub fn with_limits(mut self, limits: EnqueueLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Begins a transaction.
    pub fn begin(&self) -> MemoryTransaction {
        MemoryTransaction {
            outbox: self.clone(),
            transaction: Transaction::with_limits(self.limits),
        }
    }

    /// Sends a signal in its own transaction.
    ///
    /// # Errors
    ///
    /// Returns why the signal was not stored.
    #[expect(clippy::unused_async, reason = "as the outboxes in databases have it")]
    pub async fn send<S>(&self, signal: S) -> Result<Report<S::Reply>, OutboxError>
    where
        S: SyncSignal,
    {
        let transaction = self.begin();
        let report = transaction.run(|| signal.send());
        transaction.commit()?;
        Ok(report)
    }
}

/// A transaction of a [`MemoryOutbox`]: the signals that are sent in it are stored at its commit.
///
/// Dropping it rolls back.
#[derive(Debug)]
#[must_use = "dropping it rolls back: end it with `commit`"]
pub struct MemoryTransaction {
    outbox: MemoryOutbox,
    transaction: Transaction,
}

impl MemoryTransaction {
    /// Calls `call` in this transaction.
    ///
    /// # Panics
    ///
    /// If `call` panics. The transaction is rolled back first.
    pub fn run<T>(&self, call: impl FnOnce() -> T) -> T {
        self.transaction.run(call)
    }

    /// Returns a future that polls `future` in this transaction.
    ///
    /// # Panics
    ///
    /// If `future` panics. The transaction is rolled back first.
    pub fn run_async<F: Future>(&self, future: F) -> impl Future<Output = F::Output> + use<F> {
        self.transaction.run_async(future)
    }

    /// Stores the signals, and runs the receivers that wait for the commit.
    ///
    /// # Errors
    ///
    /// Returns why a signal was not stored. The transaction is rolled back.
    pub fn commit(self) -> Result<Report, OutboxError> {
        // Dropping the transaction on an error rolls back.
        let rows = self.transaction.take_deliveries()?;
        self.outbox.write(rows, &[])?;
        Ok(self.transaction.commit())
    }

    /// Discards the signals, and runs the receivers that wait for a rollback.
    #[expect(clippy::must_use_candidate, reason = "failures have been announced")]
    pub fn rollback(self) -> Report {
        self.transaction.rollback()
    }
}

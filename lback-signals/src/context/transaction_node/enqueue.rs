//! The encoded signals of a transaction.

#[cfg(test)]
mod tests;

use super::{State, TransactionEnd, TransactionNode};
use crate::context::enqueued::{Enqueued, EnqueuedSignals, RefusedSignal};
use crate::enqueue::{EnqueueError, EnqueueLimits, SignalRow};

/// The treatment of encoded signals that a transaction has accepted.
#[must_use]
pub(crate) enum EnqueueFate {
    /// The signals wait for an outbox to take them.
    Waiting {
        deliveries: usize,
        /// The first signal that was refused. Those after it have been discarded.
        refused: Option<Box<RefusedSignal>>,
    },
    /// The transaction, and each one around it, has committed.
    Committed(EnqueuedSignals),
    RolledBack,
    Abandoned(EnqueuedSignals),
}

impl TransactionNode {
    /// Returns the shared part of an outermost transaction with these limits.
    pub(crate) fn with_limits(limits: EnqueueLimits) -> Self {
        let mut node = Self::new(None);
        node.limits = limits;
        node
    }

    pub(crate) fn limits(&self) -> &EnqueueLimits {
        &self.limits
    }

    /// Adds encoded signals, or a poison. If the transaction has ended, its outcome applies to them at once.
    pub(crate) fn enqueue(&self, mut signals: EnqueuedSignals) -> EnqueueFate {
        let mut node = self;
        loop {
            let end = match &mut *node.lock() {
                State::Open(open) => {
                    let deliveries = open.enqueued.deliveries();
                    let refused = open.enqueued.add(&mut signals, &node.limits).err();
                    return EnqueueFate::Waiting {
                        deliveries: open.enqueued.deliveries() - deliveries,
                        refused,
                    };
                }
                State::Ended(end) => *end,
            };
            match (end, &node.parent) {
                (TransactionEnd::Committed, Some(parent)) => node = parent,
                (TransactionEnd::Committed, None) => return EnqueueFate::Committed(signals),
                (TransactionEnd::RolledBack, _) => {
                    node.discard(&signals);
                    return EnqueueFate::RolledBack;
                }
                (TransactionEnd::Abandoned, _) => return EnqueueFate::Abandoned(signals),
            }
        }
    }

    /// Removes the encoded signals and returns their rows, in the order of sending.
    ///
    /// # Errors
    ///
    /// Returns why the transaction is poisoned, or that a panic has rolled it back. It stays so.
    pub(crate) fn take_deliveries(&self) -> Result<Vec<SignalRow>, EnqueueError> {
        let signals = match &mut *self.lock() {
            State::Ended(_) => return self.discarded().map_or(Ok(Vec::new()), Err),
            State::Open(open) => match open.enqueued.error() {
                Some(error) => return Err(error.clone()),
                None => open.enqueued.take(),
            },
        };
        Ok(signals.into_iter().map(|signal| signal.row).collect())
    }

    /// Notes that the rollback of this transaction discards signals. Its owner does not know of a rollback by a panic.
    pub(super) fn discard(&self, signals: &EnqueuedSignals) {
        if let Some(name) = signals.first_name() {
            let _ = self.discarded.set(name);
        }
    }

    fn discarded(&self) -> Option<EnqueueError> {
        let signal = self.discarded.get()?;
        Some(EnqueueError::RolledBack { signal })
    }

    /// Returns why the database must not commit: the transaction is poisoned, holds signals that no outbox has
    /// taken, or has lost signals. `None` if an enclosing transaction gets them.
    pub(crate) fn refusal(&self) -> Option<EnqueueError> {
        let error = match &*self.lock() {
            State::Ended(_) => return self.discarded(),
            State::Open(open) => match (open.enqueued.error(), open.enqueued.first_untaken()) {
                (Some(error), _) => error.clone(),
                (None, Some(signal)) => not_written(signal),
                (None, None) => return None,
            },
        };
        let mut node = self;
        while let Some(parent) = &node.parent {
            match &*parent.lock() {
                State::Ended(TransactionEnd::Committed) => {}
                State::Open(_) | State::Ended(_) => return None,
            }
            node = parent;
        }
        Some(error)
    }
}

/// Returns the error of a signal whose transaction committed without its row.
pub(crate) fn not_written(signal: &Enqueued) -> EnqueueError {
    EnqueueError::NotWritten {
        signal: signal.stored_name(),
    }
}

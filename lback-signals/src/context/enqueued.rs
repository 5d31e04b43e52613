//! The encoded signals that a transaction holds for an outbox.

use std::mem;

use super::send_order::SendOrder;
use crate::enqueue::{EnqueueError, EnqueueLimits, SignalRow};
use crate::info::{DurableSignal, ReceiverInfo, SignalInfo};

/// A signal that was sent in a transaction, encoded, with its durable receivers.
pub(crate) struct Enqueued {
    order: SendOrder,
    pub(crate) row: SignalRow,
    /// The receivers, in the order of their names in the row. There is at least one.
    pub(crate) receivers: Vec<&'static ReceiverInfo>,
}

impl Enqueued {
    pub(crate) fn new(
        order: SendOrder,
        row: SignalRow,
        receivers: Vec<&'static ReceiverInfo>,
    ) -> Self {
        Self {
            order,
            row,
            receivers,
        }
    }

    pub(crate) fn order(&self) -> SendOrder {
        self.order
    }

    /// Returns the stored name of the signal.
    pub(crate) fn stored_name(&self) -> &'static str {
        stored_name(self.receivers[0].signal())
    }
}

/// Returns the stored name of a durable signal.
pub(crate) fn stored_name(signal: &SignalInfo) -> &'static str {
    signal.durable().map_or(signal.name(), DurableSignal::name)
}

/// Why a transaction must not commit: a signal was sent in it that could not be enqueued.
pub(crate) struct Poison {
    pub(crate) error: EnqueueError,
    /// The durable receivers of that signal.
    pub(crate) receivers: Vec<&'static ReceiverInfo>,
}

/// The encoded signals of a transaction, and what poisons it.
#[derive(Default)]
pub(crate) struct EnqueuedSignals {
    /// Unordered: a nested send is added before the enclosing one.
    pub(crate) signals: Vec<Enqueued>,
    pub(crate) poison: Option<Poison>,
    deliveries: usize,
    bytes: usize,
}

impl EnqueuedSignals {
    pub(crate) fn of(signal: Enqueued) -> Self {
        Self {
            deliveries: signal.receivers.len(),
            bytes: signal.row.payload().len(),
            signals: vec![signal],
            poison: None,
        }
    }

    pub(crate) fn poisoned_by(error: EnqueueError, receivers: Vec<&'static ReceiverInfo>) -> Self {
        Self {
            poison: Some(Poison { error, receivers }),
            ..Self::default()
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.signals.is_empty() && self.poison.is_none()
    }

    pub(crate) fn deliveries(&self) -> usize {
        self.deliveries
    }

    pub(crate) fn error(&self) -> Option<&EnqueueError> {
        self.poison.as_ref().map(|poison| &poison.error)
    }

    /// Adds the signals of a send or of a nested transaction, with its poison.
    ///
    /// # Errors
    ///
    /// Returns the first signal that was not added, since these signals were poisoned before or exceed a limit with
    /// it. They are poisoned then, and the signals after it are discarded.
    pub(super) fn add(&mut self, other: Self, limits: &EnqueueLimits) -> Result<(), Poison> {
        if self.poison.is_none() && other.poison.is_some() {
            self.poison = other.poison;
            return Ok(());
        }
        if self.signals.is_empty() && self.poison.is_none() && other.is_within(limits) {
            *self = other;
            return Ok(());
        }
        other
            .signals
            .into_iter()
            .try_for_each(|signal| self.push(signal, limits))
    }

    fn is_within(&self, limits: &EnqueueLimits) -> bool {
        self.deliveries <= limits.deliveries && self.bytes <= limits.total
    }

    fn push(&mut self, signal: Enqueued, limits: &EnqueueLimits) -> Result<(), Poison> {
        if let Some(error) = self.error() {
            return Err(Poison {
                error: error.clone(),
                receivers: signal.receivers,
            });
        }
        let deliveries = self.deliveries.saturating_add(signal.receivers.len());
        let bytes = self.bytes.saturating_add(signal.row.payload().len());
        let error = if deliveries > limits.deliveries {
            let limit = limits.deliveries;
            EnqueueError::TooManyDeliveries { limit }
        } else if bytes > limits.total {
            let limit = limits.total;
            EnqueueError::TooManyBytes { limit }
        } else {
            self.deliveries = deliveries;
            self.bytes = bytes;
            self.signals.push(signal);
            return Ok(());
        };
        self.poison = Some(Poison {
            error: error.clone(),
            receivers: signal.receivers.clone(),
        });
        Err(Poison {
            error,
            receivers: signal.receivers,
        })
    }

    /// Removes and returns the signals, in the order of sending.
    pub(super) fn take(&mut self) -> Vec<Enqueued> {
        self.deliveries = 0;
        self.bytes = 0;
        let mut signals = mem::take(&mut self.signals);
        signals.sort_by_key(Enqueued::order);
        signals
    }

    pub(super) fn sort(&mut self) {
        self.signals.sort_by_key(Enqueued::order);
    }
}

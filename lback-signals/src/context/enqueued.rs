//! The encoded signals that a transaction holds for an outbox.

use std::mem;

use super::send_order::SendOrder;
use super::test_deliveries::TestScope;
use crate::enqueue::{EnqueueError, EnqueueLimits, SignalRow};
use crate::info::{DurableSignal, ReceiverInfo, SignalInfo};
use crate::report::DispatchId;

/// A signal that was sent in a transaction, encoded, with its durable receivers.
pub(crate) struct Enqueued {
    order: SendOrder,
    pub(crate) row: SignalRow,
    /// The receivers, in the order of their names in the row. There is at least one.
    pub(crate) receivers: Vec<&'static ReceiverInfo>,
    /// The scope that delivers instead of an outbox, in a test.
    pub(crate) test: Option<TestScope>,
    /// The number of the dispatch, if it is observed.
    pub(crate) dispatch: Option<DispatchId>,
}

impl Enqueued {
    pub(crate) fn new(
        order: SendOrder,
        row: SignalRow,
        receivers: Vec<&'static ReceiverInfo>,
        test: Option<TestScope>,
    ) -> Self {
        Self {
            order,
            row,
            receivers,
            test,
            dispatch: None,
        }
    }

    pub(crate) fn of_dispatch(self, dispatch: Option<DispatchId>) -> Self {
        Self { dispatch, ..self }
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

/// A signal that a transaction does not enqueue.
pub(crate) struct RefusedSignal {
    pub(crate) signal: Enqueued,
    pub(crate) error: EnqueueError,
}

/// The encoded signals of a transaction, and what poisons it.
#[derive(Default)]
pub(crate) struct EnqueuedSignals {
    /// Unordered: a nested send is added before the enclosing one.
    pub(crate) signals: Vec<Enqueued>,
    pub(crate) poison: Option<Poison>,
    /// The deliveries that were added, with those that an outbox has taken.
    deliveries: usize,
    /// The bytes of their payloads.
    bytes: usize,
}

impl EnqueuedSignals {
    pub(crate) fn of(signal: Enqueued) -> Self {
        Self {
            signals: vec![signal],
            ..Self::default()
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

    /// Returns the stored name of a signal that is lost if these are discarded.
    pub(super) fn first_name(&self) -> Option<&'static str> {
        let poison = self.poison.as_ref();
        let poisoning = poison.and_then(|poison| poison.receivers.first());
        let of_poison = poisoning.map(|receiver| stored_name(receiver.signal()));
        of_poison.or_else(|| self.signals.first().map(Enqueued::stored_name))
    }

    /// Moves the signals of a send or of a nested transaction here, with its poison.
    ///
    /// The rest stays in `other`, to be dropped without the lock of the transaction: it holds the scopes of
    /// tests, whose resources are user code.
    ///
    /// # Errors
    ///
    /// Returns the first signal that was not added, since these signals were poisoned before or exceed a limit with
    /// it. They are poisoned then.
    pub(super) fn add(
        &mut self,
        other: &mut Self,
        limits: &EnqueueLimits,
    ) -> Result<(), Box<RefusedSignal>> {
        if self.poison.is_none() && other.poison.is_some() {
            self.poison = other.poison.take();
            return Ok(());
        }
        let mut signals = mem::take(&mut other.signals).into_iter();
        let added = signals.try_for_each(|signal| self.push(signal, limits));
        if added.is_err() {
            other.signals = signals.collect();
        }
        added
    }

    fn push(&mut self, signal: Enqueued, limits: &EnqueueLimits) -> Result<(), Box<RefusedSignal>> {
        if let Some(error) = self.error() {
            let error = error.clone();
            return Err(Box::new(RefusedSignal { signal, error }));
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
        Err(Box::new(RefusedSignal { signal, error }))
    }

    /// Removes and returns the signals for the outbox, in the order of sending. They still count.
    pub(super) fn take(&mut self) -> Vec<Enqueued> {
        let signals = mem::take(&mut self.signals);
        let mut taken;
        (self.signals, taken) = signals
            .into_iter()
            .partition(|signal| signal.test.is_some());
        taken.sort_by_key(Enqueued::order);
        taken
    }

    /// Returns a signal that no outbox has taken.
    pub(super) fn first_untaken(&self) -> Option<&Enqueued> {
        self.signals.iter().find(|signal| signal.test.is_none())
    }

    pub(super) fn sort(&mut self) {
        self.signals.sort_by_key(Enqueued::order);
    }
}

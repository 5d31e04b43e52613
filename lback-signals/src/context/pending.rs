//! Signals that wait for the end of a transaction.

use super::erased::ErasedSignal;
use super::frame::{Frame, is_muted};
use super::send_order::SendOrder;
use crate::info::{Phase, ReceiverInfo};
use std::sync::Arc;

/// A signal whose receivers wait for the end of a transaction, with the scope in which they run.
pub(crate) struct Pending {
    order: SendOrder,
    pub(crate) owned: Arc<dyn ErasedSignal>,
    pub(crate) scope: Option<Arc<Frame>>,
}

impl Pending {
    pub(crate) fn new(
        order: SendOrder,
        owned: Arc<dyn ErasedSignal>,
        scope: Option<Arc<Frame>>,
    ) -> Self {
        Self {
            order,
            owned,
            scope,
        }
    }

    pub(crate) fn order(&self) -> SendOrder {
        self.order
    }

    /// Returns the waiting receivers, by phase and in their order.
    pub(crate) fn receivers(&self) -> impl Iterator<Item = &'static ReceiverInfo> {
        waiting_receivers(&*self.owned, self.scope.as_deref()).map(|(_, receiver)| receiver)
    }

    pub(crate) fn waiting_for_commit(&self) -> usize {
        let receivers = self.receivers();
        receivers
            .filter(|receiver| receiver.phase() == Phase::AfterCommit)
            .count()
    }
}

/// Returns the receivers that wait for the end of a transaction, with their numbers.
pub(crate) fn waiting_receivers(
    owned: &dyn ErasedSignal,
    scope: Option<&Frame>,
) -> impl Iterator<Item = (usize, &'static ReceiverInfo)> {
    owned.receivers().filter(move |(_, receiver)| {
        let waits = matches!(receiver.phase(), Phase::AfterCommit | Phase::AfterRollback);
        waits && !is_muted(scope, receiver)
    })
}

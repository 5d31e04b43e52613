//! The state of a send whose signal has deferred receivers.

use crate::context::{CurrentContext, SendOrder};
use crate::registry::DeferredReceivers;

/// Begins before any receiver is called, so that the deferred receivers of a nested send run after those of
/// this one.
pub(super) struct DeferredSend {
    pub(super) current: CurrentContext,
    /// `None` if no receiver gets a copy: all deferred receivers are called at the end of the send.
    pub(super) sent: Option<SendOrder>,
}

impl DeferredSend {
    #[inline]
    pub(super) fn begin(receivers: &DeferredReceivers) -> Self {
        let current = CurrentContext::get();
        let is_in_transaction = current.transaction.is_some();
        Self {
            sent: (!receivers.needing_copy(is_in_transaction).is_empty()).then(SendOrder::now),
            current,
        }
    }
}

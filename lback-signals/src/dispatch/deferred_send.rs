//! One send whose signal has receivers that run deferred, from its begin to its end.

use crate::context::{CurrentContext, SendOrder};
use crate::registry::DeferredReceivers;

/// Begun before any receiver is called, so that what runs later of a nested send comes after what runs
/// later of this one.
pub(super) struct DeferredSend {
    pub(super) current: CurrentContext,
    /// `None` where nothing waits: all that runs later is called at the end of the send.
    pub(super) sent: Option<SendOrder>,
}

impl DeferredSend {
    #[inline]
    pub(super) fn begin(receivers: &DeferredReceivers) -> Self {
        let current = CurrentContext::get();
        let is_in_transaction = current.transaction.is_some();
        Self {
            sent: (!receivers.kept(is_in_transaction).is_empty()).then(SendOrder::now),
            current,
        }
    }
}

//! One send whose signal has receivers that run later, from its begin to its end.

use crate::ambient::Ambient;
use crate::registry::LaterReceivers;
use crate::sent::Sent;

/// Begun before any receiver is called, so that what runs later of a nested send comes after what runs
/// later of this one.
pub(super) struct Sending {
    pub(super) ambient: Ambient,
    /// `None` where nothing waits: all that runs later is called at the end of the send.
    pub(super) sent: Option<Sent>,
}

impl Sending {
    #[inline]
    pub(super) fn begin(receivers: &LaterReceivers) -> Self {
        let ambient = Ambient::current();
        let is_in_transaction = ambient.transaction.is_some();
        Self {
            sent: (!receivers.kept(is_in_transaction).is_empty()).then(Sent::now),
            ambient,
        }
    }
}

//! One send whose signal has receivers that run later, from its begin to its end.

#[cfg(feature = "tokio")]
use std::future::poll_fn;
#[cfg(feature = "tokio")]
use std::pin::pin;

use crate::ambient::Ambient;
#[cfg(feature = "tokio")]
use crate::background::{Held, Holding};
use crate::registry::LaterReceivers;
use crate::sent::Sent;

/// Begun before any receiver is called, so that what runs later of a nested send comes after what runs
/// later of this one.
pub(super) struct Sending {
    pub(super) ambient: Ambient,
    /// `None` where nothing waits: all that runs later is called at the end of the send.
    pub(super) sent: Option<Sent>,
    /// The background jobs of nested sends, if no send around this one holds them.
    #[cfg(feature = "tokio")]
    held: Option<Held>,
}

impl Sending {
    #[inline]
    pub(super) fn begin(receivers: &LaterReceivers) -> Self {
        let ambient = Ambient::current();
        let is_in_transaction = ambient.transaction.is_some();
        #[cfg(feature = "tokio")]
        let is_handed_over = receivers.handed_over(is_in_transaction) > 0;
        Self {
            sent: (!receivers.kept(is_in_transaction).is_empty()).then(Sent::now),
            ambient,
            #[cfg(feature = "tokio")]
            held: if is_handed_over { Held::new() } else { None },
        }
    }

    /// Holds the background jobs of nested sends until the guard is dropped.
    #[cfg(feature = "tokio")]
    #[inline]
    pub(super) fn hold(&mut self) -> Option<Holding<'_>> {
        self.held.as_mut().map(Held::hold)
    }

    /// The same while the future is polled.
    #[cfg(feature = "tokio")]
    pub(super) async fn hold_during<F: Future>(&mut self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|task| {
            let _holding = self.hold();
            future.as_mut().poll(task)
        })
        .await
    }

    /// Apart from the jobs of nested sends, which are handed over when they are dropped.
    #[cfg(feature = "tokio")]
    pub(super) fn split(self) -> (Self, Option<Held>) {
        let Self {
            ambient,
            sent,
            held,
        } = self;
        let this = Self {
            ambient,
            sent,
            held: None,
        };
        (this, held)
    }
}

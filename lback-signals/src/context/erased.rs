//! An `owned` signal that is kept for receivers that run later, without its type.

use super::dispatch::Context;
use crate::info::ReceiverInfo;
use crate::report::{Outcome, guard_user_code};
use std::pin::Pin;
#[cfg(feature = "tokio")]
use std::sync::Arc;

/// A receiver's run, with all that it needs.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type ReceiverFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A signal that is kept, whichever it is, and its receivers that run later, by their numbers.
pub(crate) trait ErasedSignal: Send + Sync {
    fn receiver(&self, number: usize) -> Option<&'static ReceiverInfo>;

    /// Which model sent it, if that can be said.
    fn sender(&self) -> Option<String>;

    /// Calls a receiver, unless it is an `async fn`.
    fn call(&self, number: usize, context: &Context) -> Outcome;

    /// The run of an `async fn`.
    #[cfg(feature = "tokio")]
    fn start(self: Arc<Self>, number: usize, context: Context) -> Option<ReceiverFuture>;
}

impl<'p> dyn ErasedSignal + 'p {
    /// The same outside a dispatch.
    pub(crate) fn sender_outside_dispatch(&self) -> Option<String> {
        guard_user_code(|| self.sender()).flatten()
    }

    pub(crate) fn receivers(
        &self,
    ) -> impl Iterator<Item = (usize, &'static ReceiverInfo)> + use<'_, 'p> {
        let receivers = (0..).map_while(|number| Some((number, self.receiver(number)?)));
        receivers.fuse()
    }
}

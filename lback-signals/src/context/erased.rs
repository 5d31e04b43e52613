//! Type erasure of the owned copy of a signal.

use super::dispatch_context::Context;
use crate::info::ReceiverInfo;
use crate::recursion;
use crate::report::{DispatchId, Outcome, guard_user_code};
use std::pin::Pin;
#[cfg(feature = "tokio")]
use std::sync::Arc;

/// The future of an `async fn` receiver, which owns its signal.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type ReceiverFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The owned copy of any signal, with the signal's deferred receivers, which are numbered.
pub(crate) trait ErasedSignal: Send + Sync {
    fn receiver(&self, number: usize) -> Option<&'static ReceiverInfo>;

    /// Returns the name and the id of the model that sent the signal, if the sender is one.
    fn sender(&self) -> Option<String>;

    /// Returns the number of the dispatch that made the copy, if it is observed.
    fn dispatch_id(&self) -> Option<DispatchId>;

    fn set_dispatch_id(&mut self, id: DispatchId);

    /// Calls a receiver that is not an `async fn`.
    fn call(&self, number: usize, context: &Context) -> Outcome;

    /// Starts a receiver that is an `async fn`. Returns `None` for any other.
    #[cfg(feature = "tokio")]
    fn start(self: Arc<Self>, number: usize, context: Context) -> Option<ReceiverFuture>;
}

impl<'a> dyn ErasedSignal + 'a {
    /// Returns the [`sender`](Self::sender), guarded as user code outside a dispatch.
    pub(crate) fn sender_outside_dispatch(&self) -> Option<String> {
        // Like a refused dispatch, which does not call it either.
        if recursion::is_at_limit() {
            return None;
        }
        guard_user_code(|| self.sender()).flatten()
    }

    pub(crate) fn receivers(
        &self,
    ) -> impl Iterator<Item = (usize, &'static ReceiverInfo)> + use<'_, 'a> {
        let receivers = (0..).map_while(|number| Some((number, self.receiver(number)?)));
        receivers.fuse()
    }
}

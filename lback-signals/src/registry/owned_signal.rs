//! An `owned` signal that is kept for receivers that run later.

use super::{AnyShim, Receivers};
use crate::context::{Context, ErasedSignal, ReceiverFuture};
use crate::info::ReceiverInfo;
use crate::report::Outcome;
use crate::unwind::catch_panic;
use std::fmt;
use std::sync::Arc;

/// A signal that is kept, while it is lent to a receiver.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait BorrowedSignal<Shim> {
    /// Calls the receiver.
    ///
    /// # Errors
    ///
    /// What its shim makes of it.
    fn deliver(&self, shim: Shim, context: &Context) -> Outcome;

    /// Which model the sender is, if it is one.
    fn sender_model(&self) -> Option<String>;
}

/// Makes the signal anew from its fields, and shows it.
pub(crate) type Lend<Fields, Shim> = fn(&Fields, &mut dyn FnMut(&dyn BorrowedSignal<Shim>));

/// Makes the signal anew, and is the receiver's run with it.
pub(crate) type Start<Fields, Shim, AsyncShim> =
    fn(Arc<OwnedSignal<Fields, Shim, AsyncShim>>, AsyncShim, Context) -> ReceiverFuture;

/// The fields of a signal, copied once for all receivers that run later.
// Not public API. Made by generated code.
#[doc(hidden)]
pub struct OwnedSignal<Fields, Shim: 'static, AsyncShim: 'static> {
    fields: Fields,
    lend: Lend<Fields, Shim>,
    #[cfg_attr(
        not(feature = "tokio"),
        expect(dead_code, reason = "nothing is awaited later")
    )]
    start: Start<Fields, Shim, AsyncShim>,
    /// Where it is from; `None` only until it is addressed.
    receivers: Option<&'static Receivers<Shim, AsyncShim>>,
}

impl<Fields, Shim, AsyncShim> OwnedSignal<Fields, Shim, AsyncShim> {
    #[must_use]
    pub fn new(
        fields: Fields,
        lend: Lend<Fields, Shim>,
        start: Start<Fields, Shim, AsyncShim>,
    ) -> Self {
        Self {
            fields,
            lend,
            start,
            receivers: None,
        }
    }

    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    pub(crate) fn addressed_to(mut self, receivers: &'static Receivers<Shim, AsyncShim>) -> Self {
        self.receivers = Some(receivers);
        self
    }
}

impl<Fields, Shim: Copy, AsyncShim: Copy> OwnedSignal<Fields, Shim, AsyncShim> {
    fn shim(&self, number: usize) -> Option<AnyShim<Shim, AsyncShim>> {
        self.receivers?.deferred_shims.get(number).copied()
    }
}

impl<Fields, Shim, AsyncShim> fmt::Debug for OwnedSignal<Fields, Shim, AsyncShim> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedSignal").finish_non_exhaustive()
    }
}

impl<Fields, Shim, AsyncShim> ErasedSignal for OwnedSignal<Fields, Shim, AsyncShim>
where
    Fields: Send + Sync + 'static,
    Shim: Copy + Send + Sync + 'static,
    AsyncShim: Copy + Send + Sync + 'static,
{
    fn receiver(&self, number: usize) -> Option<&'static ReceiverInfo> {
        self.receivers?.deferred.all().get(number).copied()
    }

    fn sender(&self) -> Option<String> {
        let mut sender = None;
        catch_panic(|| {
            (self.lend)(&self.fields, &mut |signal| sender = signal.sender_model());
        });
        sender
    }

    fn call(&self, number: usize, context: &Context) -> Outcome {
        let Some(AnyShim::Sync(shim)) = self.shim(number) else {
            unreachable!("it is started and not called");
        };
        let mut outcome = None;
        (self.lend)(&self.fields, &mut |signal| {
            outcome = Some(signal.deliver(shim, context));
        });
        outcome.unwrap_or_else(|| unreachable!("a signal that is kept lends itself"))
    }

    #[cfg(feature = "tokio")]
    fn start(self: Arc<Self>, number: usize, context: Context) -> Option<ReceiverFuture> {
        match self.shim(number)? {
            AnyShim::Sync(_) => None,
            AnyShim::Async(shim) => Some((self.start)(self, shim, context)),
        }
    }
}

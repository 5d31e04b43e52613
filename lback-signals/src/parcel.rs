//! An `owned` signal that is kept for receivers that run later.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use crate::delivery::Outcome;
use crate::extract::Context;
use crate::failure::guard_user_code;
use crate::quiet::unless_it_panics;
use crate::receiver_info::ReceiverInfo;
use crate::registry::{AnyShim, Receivers};

/// A signal that is kept, while it is lent to a receiver.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait Lent<Shim> {
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
pub(crate) type Lend<Fields, Shim> = fn(&Fields, &mut dyn FnMut(&dyn Lent<Shim>));

/// Makes the signal anew, and is the receiver's run with it.
pub(crate) type Start<Fields, Shim, AsyncShim> =
    fn(Arc<Kept<Fields, Shim, AsyncShim>>, AsyncShim, Context) -> Run;

/// A receiver's run, with all that it needs.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type Run = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// The fields of a signal, copied once for all receivers that run later.
// Not public API. Made by generated code.
#[doc(hidden)]
pub struct Kept<Fields, Shim: 'static, AsyncShim: 'static> {
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

impl<Fields, Shim, AsyncShim> Kept<Fields, Shim, AsyncShim> {
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

impl<Fields, Shim: Copy, AsyncShim: Copy> Kept<Fields, Shim, AsyncShim> {
    fn shim(&self, number: usize) -> Option<AnyShim<Shim, AsyncShim>> {
        self.receivers?.later_shims.get(number).copied()
    }
}

impl<Fields, Shim, AsyncShim> fmt::Debug for Kept<Fields, Shim, AsyncShim> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Kept").finish_non_exhaustive()
    }
}

/// A signal that is kept, whichever it is, and its receivers that run later, by their numbers.
pub(crate) trait Parcel: Send + Sync {
    fn receiver(&self, number: usize) -> Option<&'static ReceiverInfo>;

    /// Which model sent it, if that can be said.
    fn sender(&self) -> Option<String>;

    /// Calls a receiver, unless it is an `async fn`.
    fn call(&self, number: usize, context: &Context) -> Outcome;

    /// The run of an `async fn`.
    #[cfg(feature = "tokio")]
    fn start(self: Arc<Self>, number: usize, context: Context) -> Option<Run>;
}

impl<'p> dyn Parcel + 'p {
    /// The same outside a dispatch.
    pub(crate) fn sender_in_passing(&self) -> Option<String> {
        guard_user_code(|| self.sender()).flatten()
    }

    pub(crate) fn receivers(
        &self,
    ) -> impl Iterator<Item = (usize, &'static ReceiverInfo)> + use<'_, 'p> {
        let receivers = (0..).map_while(|number| Some((number, self.receiver(number)?)));
        receivers.fuse()
    }
}

impl<Fields, Shim, AsyncShim> Parcel for Kept<Fields, Shim, AsyncShim>
where
    Fields: Send + Sync + 'static,
    Shim: Copy + Send + Sync + 'static,
    AsyncShim: Copy + Send + Sync + 'static,
{
    fn receiver(&self, number: usize) -> Option<&'static ReceiverInfo> {
        self.receivers?.later.all().get(number).copied()
    }

    fn sender(&self) -> Option<String> {
        let mut sender = None;
        unless_it_panics(|| {
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
    fn start(self: Arc<Self>, number: usize, context: Context) -> Option<Run> {
        match self.shim(number)? {
            AnyShim::Sync(_) => None,
            AnyShim::Async(shim) => Some((self.start)(self, shim, context)),
        }
    }
}

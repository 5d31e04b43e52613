//! How a signal is handed to one receiver: what `#[signal]` implements, which alone can name the types.

use crate::context::Context;
use crate::registry::{BorrowedSignal, OwnedSignal, Registered};
use crate::report::Outcome;
use crate::signal::{Signal, Starting};

/// Calls receivers with a signal.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait Deliver<Entry: Registered>: Signal {
    /// Calls a `fn`.
    ///
    /// # Errors
    ///
    /// Why the receiver did not do its work.
    fn call(&self, shim: Entry::Shim, context: &Context) -> Outcome<Self::Reply>;

    /// Calls a connected closure. It has no reply if the signal's reply borrows from the signal.
    ///
    /// # Errors
    ///
    /// Why the closure did not do its work.
    fn call_closure(
        &self,
        closure: &Entry::Handler,
        context: &Context,
    ) -> Outcome<Option<Self::Reply>>;
}

/// Starts receivers that are awaited.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait DeliverAsync<Entry: Registered>: Deliver<Entry> {
    /// Starts an `async fn`.
    ///
    /// # Errors
    ///
    /// Why the receiver was not started.
    fn start<'c>(
        &'c self,
        shim: Entry::AsyncShim,
        context: &'c Context,
    ) -> Starting<'c, Self::Reply>;

    /// Starts a connected async closure.
    ///
    /// # Errors
    ///
    /// Why the closure was not started.
    fn start_closure<'c>(
        &'c self,
        closure: &'c Entry::AsyncHandler,
        context: &'c Context,
    ) -> Starting<'c, Self::Reply>;
}

/// Copies an `owned` signal for receivers that run later.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait DeliverOwned<Entry: Registered>: Deliver<Entry, Reply = ()> {
    /// Copies each field.
    fn to_owned(&self) -> OwnedSignal;
}

impl<Entry: Registered, S: Deliver<Entry, Reply = ()>> BorrowedSignal<Entry> for S {
    fn deliver(&self, shim: Entry::Shim, context: &Context) -> Outcome {
        self.call(shim, context)
    }

    fn sender(&self) -> Option<String> {
        self.__sender_model()
    }
}

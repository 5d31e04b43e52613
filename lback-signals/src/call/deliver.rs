//! The traits that pass a signal to one receiver. `#[signal]` implements them, since only generated code can
//! name the types of the shims.

use crate::context::Context;
#[cfg(feature = "durable")]
use crate::enqueue::EnqueueError;
use crate::registry::{BorrowedSignal, OwnedSignal, Registered};
use crate::report::Outcome;
use crate::signal::{Signal, Starting};

/// A signal that can be passed to receivers.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait Deliver<Entry: Registered>: Signal {
    /// Calls a `fn`.
    ///
    /// # Errors
    ///
    /// Returns the exception of the receiver.
    fn __call(&self, shim: Entry::Shim, context: &Context) -> Outcome<Self::Reply>;

    /// Calls a connected closure. Returns `None` if the signal's reply borrows from the signal.
    ///
    /// # Errors
    ///
    /// Returns the exception of the closure.
    fn __call_closure(
        &self,
        closure: &Entry::Handler,
        context: &Context,
    ) -> Outcome<Option<Self::Reply>>;
}

/// A signal that can be passed to receivers that are awaited.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait DeliverAsync<Entry: Registered>: Deliver<Entry> {
    /// Starts an `async fn`.
    ///
    /// # Errors
    ///
    /// Returns the exception of a parameter that could not be extracted.
    fn __start<'c>(
        &'c self,
        shim: Entry::AsyncShim,
        context: &'c Context,
    ) -> Starting<'c, Self::Reply>;

    /// Starts a connected async closure.
    ///
    /// # Errors
    ///
    /// Returns the exception of the closure.
    fn __start_closure<'c>(
        &'c self,
        closure: &'c Entry::AsyncHandler,
        context: &'c Context,
    ) -> Starting<'c, Self::Reply>;
}

/// An `owned` signal, which is copied for receivers that run later.
// Not public API. Implemented by generated code.
#[doc(hidden)]
pub trait DeliverOwned<Entry: Registered>: Deliver<Entry, Reply = ()> {
    /// Returns a copy of the signal.
    fn __to_owned(&self) -> OwnedSignal;
}

/// A durable signal, which is encoded for an outbox.
// Not public API. Implemented by generated code.
#[doc(hidden)]
#[cfg(feature = "durable")]
pub trait DeliverDurable<Entry: Registered>: DeliverOwned<Entry> {
    /// Encodes the payload in at most this many bytes.
    ///
    /// # Errors
    ///
    /// A field cannot be encoded, or the payload is too large.
    fn __encode(&self, max_bytes: usize) -> Result<String, EnqueueError>;

    /// Returns the key by which deliveries are ordered, as JSON. `None` if no field is the key.
    ///
    /// # Errors
    ///
    /// The key cannot be encoded, or is too large.
    fn __key(&self) -> Result<Option<String>, EnqueueError> {
        Ok(None)
    }

    /// Returns the text by which an outbox erases the signal.
    fn __subject(&self) -> Option<String>;
}

impl<Entry: Registered, S: Deliver<Entry, Reply = ()>> BorrowedSignal<Entry> for S {
    fn deliver(&self, shim: Entry::Shim, context: &Context) -> Outcome {
        self.__call(shim, context)
    }

    fn sender_model(&self) -> Option<String> {
        self.__sender_model()
    }
}

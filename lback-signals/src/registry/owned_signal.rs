//! The owned copy of a signal, for receivers that run later.

use std::fmt;
use std::sync::Arc;

use super::{AnyShim, Registered, Table};
use crate::context::{Context, ErasedSignal, ReceiverFuture};
use crate::info::ReceiverInfo;
use crate::report::{DispatchId, Outcome};
use crate::unwind::catch_panic;

/// A signal that was rebuilt from its owned copy, with its type erased.
// Not public API. Used by generated code.
#[doc(hidden)]
pub trait BorrowedSignal<Entry: Registered> {
    /// Calls the receiver.
    ///
    /// # Errors
    ///
    /// Returns the exception of the receiver.
    fn deliver(&self, shim: Entry::Shim, context: &Context) -> Outcome;

    /// Returns the name and the id of the model that sent the signal.
    fn sender_model(&self) -> Option<String>;
}

/// Rebuilds the signal from its fields and passes it to a callback.
type Borrow<Entry, Fields> = fn(&Fields, &mut dyn FnMut(&dyn BorrowedSignal<Entry>));

/// Returns a future that rebuilds the signal and awaits an `async fn` with it.
type Start<Entry, Fields> =
    fn(Arc<Copied<Entry, Fields>>, <Entry as Registered>::AsyncShim, Context) -> ReceiverFuture;

/// The owned copy of a signal, shared by all receivers that run later.
// Not public API. Made by generated code.
#[doc(hidden)]
pub struct OwnedSignal(Arc<dyn ErasedSignal>);

impl OwnedSignal {
    /// Stores the copies of the fields. `borrow` and `start` rebuild the signal from them.
    #[must_use]
    pub fn new<Entry: Registered, Fields: Send + Sync + 'static>(
        table: &'static Table<Entry>,
        fields: Fields,
        borrow: Borrow<Entry, Fields>,
        start: Start<Entry, Fields>,
    ) -> Self {
        Self(Arc::new(Copied {
            table,
            fields,
            borrow,
            start,
            dispatch: None,
        }))
    }

    pub(crate) fn into_erased(self) -> Arc<dyn ErasedSignal> {
        self.0
    }
}

impl fmt::Debug for OwnedSignal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedSignal").finish_non_exhaustive()
    }
}

/// The owned copies of a signal's fields, and the functions that rebuild the signal.
// Not public API. Used by generated code.
#[doc(hidden)]
pub struct Copied<Entry: Registered, Fields> {
    table: &'static Table<Entry>,
    fields: Fields,
    borrow: Borrow<Entry, Fields>,
    #[cfg_attr(
        not(feature = "tokio"),
        expect(dead_code, reason = "only the background starts an `async fn`")
    )]
    start: Start<Entry, Fields>,
    /// The number of the dispatch, if it is observed.
    dispatch: Option<DispatchId>,
}

impl<Entry: Registered, Fields> Copied<Entry, Fields> {
    /// Returns the copies.
    #[must_use]
    pub fn fields(&self) -> &Fields {
        &self.fields
    }

    fn shim(&self, number: usize) -> Option<AnyShim<Entry::Shim, Entry::AsyncShim>> {
        self.table.receivers().deferred_shims.get(number).copied()
    }
}

impl<Entry: Registered, Fields> fmt::Debug for Copied<Entry, Fields> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Copied").finish_non_exhaustive()
    }
}

impl<Entry: Registered, Fields: Send + Sync + 'static> ErasedSignal for Copied<Entry, Fields> {
    fn receiver(&self, number: usize) -> Option<&'static ReceiverInfo> {
        self.table.receivers().deferred.all().get(number).copied()
    }

    fn sender(&self) -> Option<String> {
        let mut sender = None;
        catch_panic(|| {
            (self.borrow)(&self.fields, &mut |signal| sender = signal.sender_model());
        });
        sender
    }

    fn dispatch_id(&self) -> Option<DispatchId> {
        self.dispatch
    }

    fn set_dispatch_id(&mut self, id: DispatchId) {
        self.dispatch = Some(id);
    }

    fn call(&self, number: usize, context: &Context) -> Outcome {
        let Some(AnyShim::Sync(shim)) = self.shim(number) else {
            unreachable!("an `async fn` is started, not called");
        };
        let mut outcome = None;
        (self.borrow)(&self.fields, &mut |signal| {
            outcome = Some(signal.deliver(shim, context));
        });
        outcome.unwrap_or_else(|| unreachable!("`borrow` calls its callback"))
    }

    #[cfg(feature = "tokio")]
    fn start(self: Arc<Self>, number: usize, context: Context) -> Option<ReceiverFuture> {
        match self.shim(number)? {
            AnyShim::Sync(_) => None,
            AnyShim::Async(shim) => Some((self.start)(self, shim, context)),
        }
    }
}

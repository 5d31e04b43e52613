//! The copy of an `owned` signal, for receivers that run later.

use std::fmt;
use std::sync::Arc;

use super::{AnyShim, Registered, Table};
use crate::context::{Context, ErasedSignal, ReceiverFuture};
use crate::info::ReceiverInfo;
use crate::report::Outcome;
use crate::unwind::catch_panic;

/// A signal that is made anew from a copy, while a receiver borrows it.
// Not public API. Used by generated code.
#[doc(hidden)]
pub trait BorrowedSignal<Entry: Registered> {
    /// Calls the receiver.
    ///
    /// # Errors
    ///
    /// Why the receiver did not do its work.
    fn deliver(&self, shim: Entry::Shim, context: &Context) -> Outcome;

    /// Returns the name and the id of the model that sent the signal.
    fn sender(&self) -> Option<String>;
}

/// Makes the signal anew from its fields and lends it to a function.
type Borrow<Entry, Fields> = fn(&Fields, &mut dyn FnMut(&dyn BorrowedSignal<Entry>));

/// Makes the signal anew and runs an `async fn` with it.
type Start<Entry, Fields> =
    fn(Arc<Copied<Entry, Fields>>, <Entry as Registered>::AsyncShim, Context) -> ReceiverFuture;

/// The copy of a signal, made once for all receivers that run later.
// Not public API. Made by generated code.
#[doc(hidden)]
pub struct OwnedSignal(Arc<dyn ErasedSignal>);

impl OwnedSignal {
    /// Keeps copies of the fields. `borrow` and `start` make the signal anew.
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

/// The copies of the fields of a signal.
// Not public API. Used by generated code.
#[doc(hidden)]
pub struct Copied<Entry: Registered, Fields> {
    table: &'static Table<Entry>,
    fields: Fields,
    borrow: Borrow<Entry, Fields>,
    #[cfg_attr(
        not(feature = "tokio"),
        expect(dead_code, reason = "without a runtime no `async fn` runs later")
    )]
    start: Start<Entry, Fields>,
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
            (self.borrow)(&self.fields, &mut |signal| sender = signal.sender());
        });
        sender
    }

    fn call(&self, number: usize, context: &Context) -> Outcome {
        let Some(AnyShim::Sync(shim)) = self.shim(number) else {
            unreachable!("an `async fn` is started, not called");
        };
        let mut outcome = None;
        (self.borrow)(&self.fields, &mut |signal| {
            outcome = Some(signal.deliver(shim, context));
        });
        outcome.unwrap_or_else(|| unreachable!("the copy lends its signal"))
    }

    #[cfg(feature = "tokio")]
    fn start(self: Arc<Self>, number: usize, context: Context) -> Option<ReceiverFuture> {
        match self.shim(number)? {
            AnyShim::Sync(_) => None,
            AnyShim::Async(shim) => Some((self.start)(self, shim, context)),
        }
    }
}

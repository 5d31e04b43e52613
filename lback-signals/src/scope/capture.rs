//! Records of what is sent in a scope.

use std::any::Any;
use std::fmt;
use std::mem;
use std::panic::Location;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::frame::Layer;
use crate::connection::place;
use crate::delivery::Undelivered;
use crate::quiet::DroppedQuietly;
use crate::receiver_info::ReceiverInfo;
use crate::signal::Signal;
use crate::signal_info::SignalInfo;

/// What calls a user's `record`. It is handed the signal like a receiver, and always says that it
/// was skipped.
#[derive(Clone)]
pub(crate) struct Capture {
    /// The place of the call of `capture`, in the guise of a receiver.
    pub(crate) info: &'static ReceiverInfo,
    /// An `Arc` of the signal's handler.
    handler: Arc<dyn Any + Send + Sync>,
}

impl Capture {
    pub(super) fn records(&self, signal: &'static SignalInfo) -> bool {
        ptr::eq(self.info.signal(), signal)
    }

    /// `None` cannot be: it is of the signal that it records.
    pub(crate) fn handler<Handler: ?Sized + 'static>(&self) -> Option<&Handler>
    where
        Arc<Handler>: Any,
    {
        self.handler.downcast_ref::<Arc<Handler>>().map(Arc::as_ref)
    }
}

impl Layer {
    #[track_caller]
    pub(super) fn capture<S: Signal, T: Send + 'static>(
        &self,
        record: impl for<'s, 'a> Fn(&'s S::Of<'a>) -> T + Send + Sync + 'static,
    ) -> Captured<T> {
        let captured = Captured {
            records: Arc::default(),
        };
        let record = DroppedQuietly::new(record);
        let records = Arc::downgrade(&captured.records);
        let handler: Arc<S::__Handler> = S::__handler(move |delivery| {
            // Nobody can take what is recorded once `captured` is dropped.
            if let Some(records) = records.upgrade() {
                let recorded = record.get()(delivery.signal());
                lock(&records).push(recorded);
            }
            Err(Undelivered::Skipped)
        });
        let capture = Capture {
            info: place::receiver(S::info(), Location::caller()),
            handler: Arc::new(handler),
        };
        let all = self.captures.write();
        all.unwrap_or_else(PoisonError::into_inner).push(capture);
        captured
    }
}

/// What a [`Scope`](crate::Scope) has recorded, in the order in which it was sent.
#[must_use = "nothing is recorded once this is dropped"]
pub struct Captured<T> {
    records: Arc<Mutex<Vec<T>>>,
}

impl<T> Captured<T> {
    /// The records since the beginning, or since they were last taken.
    #[must_use]
    pub fn take(&self) -> Vec<T> {
        mem::take(&mut *lock(&self.records))
    }

    /// How many there are to take.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.records).len()
    }

    /// Whether there are none to take.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T> fmt::Debug for Captured<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Captured")
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

fn lock<T>(records: &Mutex<Vec<T>>) -> MutexGuard<'_, Vec<T>> {
    records.lock().unwrap_or_else(PoisonError::into_inner)
}

//! Recorded signals of a scope.

use crate::connection::receiver_info;
use crate::context::{Capture, Captures, Layer};
use crate::report::Exception;
use crate::signal::Signal;
use crate::unwind::PanicGuarded;
use std::fmt;
use std::mem;
use std::panic::Location;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

impl Layer {
    #[track_caller]
    pub(crate) fn capture<S: Signal, T: Send + 'static>(
        &self,
        record: impl for<'s, 'a> Fn(&'s S::Of<'a>) -> T + Send + Sync + 'static,
    ) -> Captured<T> {
        let records = Arc::default();
        let weak = Arc::downgrade(&records);
        let record = PanicGuarded::new(record);
        let handler: Arc<S::__Handler> = S::__handler(move |args| {
            // A dispatch that began before `Captured` was dropped may still call the handler.
            if let Some(records) = weak.upgrade() {
                let recorded = record.get()(args.signal());
                lock(&records).push(recorded);
            }
            Err(Exception::Skipped)
        });
        let capture = Capture {
            info: receiver_info(S::info(), Location::caller(), false),
            handler: Arc::new(handler),
        };
        Captured {
            id: self.captures.add(capture),
            captures: Arc::downgrade(&self.captures),
            records,
        }
    }
}

/// The records of a [`Scope`](crate::Scope), in the order of sending, returned by
/// [`Scope::capture`](crate::Scope::capture).
#[must_use = "nothing is recorded once this is dropped"]
pub struct Captured<T> {
    records: Arc<Mutex<Vec<T>>>,
    id: u64,
    captures: Weak<Captures>,
}

impl<T> Drop for Captured<T> {
    /// Removes the capture from its scope, which may live until the process ends.
    fn drop(&mut self) {
        let captures = self.captures.upgrade();
        drop(captures.and_then(|captures| captures.remove(self.id)));
    }
}

impl<T> Captured<T> {
    /// Removes and returns the records.
    #[must_use]
    pub fn take(&self) -> Vec<T> {
        mem::take(&mut *lock(&self.records))
    }

    /// Returns the number of records.
    #[must_use]
    pub fn len(&self) -> usize {
        lock(&self.records).len()
    }

    /// Returns whether there are no records.
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

//! Records of what is sent in a scope.

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
        let all_records = Arc::default();
        let record = PanicGuarded::new(record);
        let records = Arc::downgrade(&all_records);
        let handler: Arc<S::__Handler> = S::__handler(move |delivery| {
            // A dispatch that began before `Captured` was dropped may still call this.
            if let Some(records) = records.upgrade() {
                let recorded = record.get()(delivery.signal());
                lock(&records).push(recorded);
            }
            Err(Exception::Skipped)
        });
        let capture = Capture {
            info: receiver_info(S::info(), Location::caller()),
            handler: Arc::new(handler),
        };
        Captured {
            id: self.captures.add(capture),
            captures: Arc::downgrade(&self.captures),
            records: all_records,
        }
    }
}

/// What a [`Scope`](crate::Scope) has recorded, in the order in which it was sent.
#[must_use = "nothing is recorded once this is dropped"]
pub struct Captured<T> {
    records: Arc<Mutex<Vec<T>>>,
    id: u64,
    captures: Weak<Captures>,
}

impl<T> Drop for Captured<T> {
    /// Removes the capture from its scope, which may live as long as the process.
    fn drop(&mut self) {
        let captures = self.captures.upgrade();
        drop(captures.and_then(|captures| captures.remove(self.id)));
    }
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

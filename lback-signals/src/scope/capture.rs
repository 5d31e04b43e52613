//! Records of what is sent in a scope.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::mem;
use std::panic::Location;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, Weak};

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

/// The captures of one scope. Locked for no longer than it takes to read or change them: captures begin
/// and end while the scope is in use.
#[derive(Default)]
pub(super) struct Captures(RwLock<ById>);

#[derive(Default)]
struct ById {
    next_id: u64,
    /// In the order in which they began.
    captures: BTreeMap<u64, Capture>,
}

impl Captures {
    /// Those that record the signal.
    pub(super) fn of(&self, signal: &'static SignalInfo) -> Vec<Capture> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_signal = all.captures.values().filter(|it| it.records(signal));
        of_signal.cloned().collect()
    }

    pub(super) fn are_empty(&self) -> bool {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.captures.is_empty()
    }

    fn add(&self, capture: Capture) -> u64 {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let id = all.next_id;
        all.next_id += 1;
        all.captures.insert(id, capture);
        id
    }

    /// Removes a capture. The caller drops it, since it holds a closure of the user.
    fn remove(&self, id: u64) -> Option<Capture> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.captures.remove(&id)
    }
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
        let all_records = Arc::default();
        let record = DroppedQuietly::new(record);
        let records = Arc::downgrade(&all_records);
        let handler: Arc<S::__Handler> = S::__handler(move |delivery| {
            // A dispatch that began before `Captured` was dropped may still call this.
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

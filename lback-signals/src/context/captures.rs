//! The captures of a scope: closures that record the signals sent in it.

use crate::info::{ReceiverInfo, SignalInfo};
use std::any::Any;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// One capture, which is invoked like a receiver. It calls the user's `record` closure and always returns
/// `Exception::Skipped`.
#[derive(Clone)]
pub(crate) struct Capture {
    /// The call site of `capture`, as the metadata of a receiver.
    pub(crate) info: &'static ReceiverInfo,
    /// An `Arc<Handler>` of the signal.
    pub(crate) handler: Arc<dyn Any + Send + Sync>,
}

/// The captures of one scope.
///
/// Captures begin and end while the scope is in use, so they are locked, but never while user code runs.
#[derive(Default)]
pub(crate) struct Captures {
    by_id: RwLock<ById>,
    /// The number of captures, which spares most dispatches the lock.
    len: AtomicUsize,
}

#[derive(Default)]
struct ById {
    next_id: u64,
    /// Ids increase, so this is the order in which the captures began.
    captures: BTreeMap<u64, Capture>,
}

impl Captures {
    /// Returns the captures that record the signal.
    pub(crate) fn of(&self, signal: &'static SignalInfo) -> Vec<Capture> {
        if self.are_empty() {
            return Vec::new();
        }
        let all = self.by_id.read().unwrap_or_else(PoisonError::into_inner);
        let of_signal = all.captures.values().filter(|it| it.records(signal));
        of_signal.cloned().collect()
    }

    pub(crate) fn are_empty(&self) -> bool {
        // Relaxed suffices: a capture that happens before this read is counted, and a dispatch may miss a
        // concurrent one.
        self.len.load(Ordering::Relaxed) == 0
    }

    pub(crate) fn add(&self, capture: Capture) -> u64 {
        let mut all = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        let id = all.next_id;
        all.next_id += 1;
        all.captures.insert(id, capture);
        self.len.store(all.captures.len(), Ordering::Relaxed);
        id
    }

    /// Removes and returns a capture. The caller drops it without the lock, since it holds user code.
    pub(crate) fn remove(&self, id: u64) -> Option<Capture> {
        let mut all = self.by_id.write().unwrap_or_else(PoisonError::into_inner);
        let removed = all.captures.remove(&id);
        self.len.store(all.captures.len(), Ordering::Relaxed);
        removed
    }
}

impl Capture {
    pub(crate) fn records(&self, signal: &'static SignalInfo) -> bool {
        self.info.signal() == signal
    }

    /// Returns the handler. It is never `None` for the handler type of the recorded signal.
    pub(crate) fn handler<Handler: ?Sized + 'static>(&self) -> Option<&Handler>
    where
        Arc<Handler>: Any,
    {
        self.handler.downcast_ref::<Arc<Handler>>().map(Arc::as_ref)
    }
}

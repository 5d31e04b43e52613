//! The captures of a scope: closures that record what is sent in it.

use crate::info::{ReceiverInfo, SignalInfo};
use std::any::Any;
use std::collections::BTreeMap;
use std::ptr;
use std::sync::{Arc, PoisonError, RwLock};

/// What calls a user's `record`. It is handed the signal like a receiver, and always says that it
/// was skipped.
#[derive(Clone)]
pub(crate) struct Capture {
    /// The place of the call of `capture`, in the guise of a receiver.
    pub(crate) info: &'static ReceiverInfo,
    /// An `Arc` of the signal's handler.
    pub(crate) handler: Arc<dyn Any + Send + Sync>,
}

/// The captures of one scope. Locked for no longer than it takes to read or change them: captures begin
/// and end while the scope is in use.
#[derive(Default)]
pub(crate) struct Captures(RwLock<ById>);

#[derive(Default)]
struct ById {
    next_id: u64,
    /// In the order in which they began.
    captures: BTreeMap<u64, Capture>,
}

impl Captures {
    /// Those that record the signal.
    pub(crate) fn of(&self, signal: &'static SignalInfo) -> Vec<Capture> {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let of_signal = all.captures.values().filter(|it| it.records(signal));
        of_signal.cloned().collect()
    }

    pub(crate) fn are_empty(&self) -> bool {
        let all = self.0.read().unwrap_or_else(PoisonError::into_inner);
        all.captures.is_empty()
    }

    pub(crate) fn add(&self, capture: Capture) -> u64 {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let id = all.next_id;
        all.next_id += 1;
        all.captures.insert(id, capture);
        id
    }

    /// Removes a capture. The caller drops it, since it holds a closure of the user.
    pub(crate) fn remove(&self, id: u64) -> Option<Capture> {
        let mut all = self.0.write().unwrap_or_else(PoisonError::into_inner);
        all.captures.remove(&id)
    }
}

impl Capture {
    pub(crate) fn records(&self, signal: &'static SignalInfo) -> bool {
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

//! Receivers that come and go while the program runs.

mod call_site;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwapOption, Guard};

pub(crate) use self::call_site::receiver_info;
use crate::info::ReceiverInfo;

/// A closure that receives a signal for as long as this lives: what
/// [`Signal::connect`](crate::Signal::connect) and
/// [`AsyncSignal::connect_async`](crate::AsyncSignal::connect_async) return.
///
/// ```
/// use std::sync::Arc;
/// use std::sync::atomic::{AtomicU32, Ordering};
///
/// use lback_signals::{Signal, signal};
///
/// #[signal]
/// struct Ticked;
///
/// let ticks = Arc::new(AtomicU32::new(0));
/// let counter = Arc::clone(&ticks);
/// let connection = Ticked::connect(move |_| {
///     counter.fetch_add(1, Ordering::Relaxed);
/// });
/// Ticked.send();
/// drop(connection);
/// Ticked.send();
/// assert_eq!(ticks.load(Ordering::Relaxed), 1);
/// ```
#[must_use = "the closure receives nothing once this is dropped: bind it, or `leak()` it"]
pub struct Connection {
    connections: &'static dyn Disconnect,
    id: u64,
    call_site: &'static ReceiverInfo,
}

impl Connection {
    /// Leaves the closure connected until the process ends.
    pub fn leak(self) {
        std::mem::forget(self);
    }
}

impl Drop for Connection {
    /// The next dispatch no longer calls the closure. One that is running may still do so, and then
    /// drops it.
    fn drop(&mut self) {
        self.connections.disconnect(self.id);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("signal", &self.call_site.signal().name())
            .field("place", &self.call_site.id())
            .finish_non_exhaustive()
    }
}

trait Disconnect: Sync + RefUnwindSafe {
    fn disconnect(&self, id: u64);
}

/// The closures that are connected to one signal.
///
/// A dispatch reads a list that never changes. A change of the closures only discards the list, and the
/// next dispatch, which visits each closure anyway, makes it anew: so `n` connections cost no more than
/// `n` insertions, and a dispatch takes the lock only after a change.
// Not public API. Used by generated code.
#[doc(hidden)]
pub struct Connections<Handler: ?Sized + 'static> {
    /// No fewer than the closures, so that a dispatch without any looks no further.
    count: AtomicUsize,
    /// Never locked while user code runs.
    all: Mutex<All<Handler>>,
    /// A copy of `all`; empty after a change.
    list: ArcSwapOption<Vec<Connected<Handler>>>,
}

struct All<Handler: ?Sized> {
    next_id: u64,
    /// By their ids, and so in order of connection.
    by_id: BTreeMap<u64, Connected<Handler>>,
}

pub(crate) struct Connected<Handler: ?Sized> {
    pub(crate) info: &'static ReceiverInfo,
    pub(crate) handler: Arc<Handler>,
}

// Not derived, since that would want it of the handler.
impl<Handler: ?Sized> Clone for Connected<Handler> {
    fn clone(&self) -> Self {
        Self {
            info: self.info,
            handler: Arc::clone(&self.handler),
        }
    }
}

/// The closures that one dispatch calls, in order of connection.
pub(crate) struct Snapshot<Handler: ?Sized>(Guard<Option<Arc<Vec<Connected<Handler>>>>>);

impl<Handler: ?Sized> Snapshot<Handler> {
    #[inline]
    pub(crate) fn as_slice(&self) -> &[Connected<Handler>] {
        self.0.as_ref().map_or(&[], |list| list.as_slice())
    }
}

impl<Handler: ?Sized + Send + Sync> Connections<Handler> {
    pub(crate) const fn new() -> Self {
        Self {
            count: AtomicUsize::new(0),
            all: Mutex::new(All {
                next_id: 0,
                by_id: BTreeMap::new(),
            }),
            list: ArcSwapOption::const_empty(),
        }
    }

    /// Whether there may be any, or a receiver of the signal is disabled: either is a detour from the
    /// fast path.
    #[inline]
    pub(crate) fn exist(&self) -> bool {
        // A connection made earlier on this thread, or in a way that this thread has synchronized with,
        // has been counted; for others nothing is promised.
        self.count.load(Ordering::Relaxed) != 0
    }

    /// What counts the detours: the closures, and receivers that are disabled.
    pub(crate) fn detours(&self) -> &AtomicUsize {
        &self.count
    }

    #[inline]
    pub(crate) fn snapshot(&self) -> Snapshot<Handler> {
        let list = self.list.load();
        if list.is_some() {
            return Snapshot(list);
        }
        self.make_list()
    }

    #[cold]
    fn make_list(&self) -> Snapshot<Handler> {
        let all = self.lock();
        let made = self.list.load();
        if made.is_some() {
            return Snapshot(made);
        }
        let list = Arc::new(all.by_id.values().cloned().collect());
        self.list.store(Some(Arc::clone(&list)));
        Snapshot(Guard::from_inner(Some(list)))
    }

    /// The same for a dispatch that is awaited, and keeps the list for long.
    pub(crate) fn shared_snapshot(&self) -> Option<Arc<Vec<Connected<Handler>>>> {
        if self.exist() {
            Guard::into_inner(self.snapshot().0)
        } else {
            None
        }
    }

    pub(crate) fn connect(
        &'static self,
        call_site: &'static ReceiverInfo,
        handler: Arc<Handler>,
    ) -> Connection {
        let connected = Connected {
            info: call_site,
            handler,
        };
        self.count.fetch_add(1, Ordering::Relaxed);
        let mut all = self.lock();
        let id = all.next_id;
        all.next_id += 1;
        all.by_id.insert(id, connected);
        self.list.store(None);
        Connection {
            connections: self,
            id,
            call_site,
        }
    }

    fn lock(&self) -> MutexGuard<'_, All<Handler>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

// No user code runs while it is locked or replaced.
impl<Handler: ?Sized> RefUnwindSafe for Connections<Handler> {}

impl<Handler: ?Sized + Send + Sync> Disconnect for Connections<Handler> {
    fn disconnect(&self, id: u64) {
        let mut all = self.lock();
        let removed = all.by_id.remove(&id);
        self.list.store(None);
        drop(all);
        self.count.fetch_sub(1, Ordering::Relaxed);
        // User code may run here, so the lock is released before.
        drop(removed);
    }
}

impl<Handler: ?Sized> fmt::Debug for Connections<Handler> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

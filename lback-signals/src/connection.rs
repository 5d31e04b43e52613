//! Closures that are connected to a signal at run time.

mod call_site;

use std::collections::BTreeMap;
use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::{ArcSwapOption, Guard};

pub(crate) use self::call_site::receiver_info;
use crate::info::ReceiverInfo;

/// Guard of a closure that receives a signal until the guard is dropped.
///
/// [`Signal::connect`](crate::Signal::connect) and
/// [`AsyncSignal::connect_async`](crate::AsyncSignal::connect_async) return it.
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
#[must_use = "dropping the connection disconnects the closure: bind it, or `leak()` it"]
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
    /// Disconnects the closure. A dispatch that is already running may still call it, and then drops it.
    fn drop(&mut self) {
        self.connections.disconnect(self.id);
    }
}

impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("signal", &self.call_site.signal().name())
            .field("call_site", &self.call_site.id())
            .finish_non_exhaustive()
    }
}

trait Disconnect: Sync + RefUnwindSafe {
    fn disconnect(&self, id: u64);
}

/// The closures that are connected to one signal.
///
/// A dispatch reads an immutable list. Connecting or disconnecting a closure discards the list, and the
/// next dispatch rebuilds it, which visits each closure anyway. So `n` connections cost `n` insertions,
/// and a dispatch takes the lock only after a change.
// Not public API. Used by generated code.
#[doc(hidden)]
pub struct Connections<Handler: ?Sized + 'static> {
    /// At least the number of connected closures, plus the share of disabled receivers. A dispatch takes
    /// the fast path if it is zero.
    fast_path_blockers: AtomicUsize,
    /// Never locked while user code runs.
    all: Mutex<All<Handler>>,
    /// A copy of `all`. `None` after a change.
    list: ArcSwapOption<Vec<Connected<Handler>>>,
}

struct All<Handler: ?Sized> {
    next_id: u64,
    /// Ids increase, so this is the order of connection.
    by_id: BTreeMap<u64, Connected<Handler>>,
}

pub(crate) struct Connected<Handler: ?Sized> {
    pub(crate) info: &'static ReceiverInfo,
    pub(crate) handler: Arc<Handler>,
}

// Not derived, since the derive would require `Handler: Clone`.
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
            fast_path_blockers: AtomicUsize::new(0),
            all: Mutex::new(All {
                next_id: 0,
                by_id: BTreeMap::new(),
            }),
            list: ArcSwapOption::const_empty(),
        }
    }

    /// Returns whether a closure may be connected or a receiver of the signal is disabled. Either keeps a
    /// dispatch off the fast path.
    #[inline]
    pub(crate) fn blocks_fast_path(&self) -> bool {
        self.fast_path_blockers() != 0
    }

    /// Returns the count of connected closures and disabled receivers.
    #[inline]
    pub(crate) fn fast_path_blockers(&self) -> usize {
        // Relaxed suffices: a connection that happens before this read is counted, and a dispatch may miss
        // a concurrent one.
        self.fast_path_blockers.load(Ordering::Relaxed)
    }

    /// Returns the counter of connected closures and disabled receivers.
    pub(crate) fn counter(&self) -> &AtomicUsize {
        &self.fast_path_blockers
    }

    #[inline]
    pub(crate) fn snapshot(&self) -> Snapshot<Handler> {
        let list = self.list.load();
        if list.is_some() {
            return Snapshot(list);
        }
        self.build_list()
    }

    #[cold]
    fn build_list(&self) -> Snapshot<Handler> {
        let all = self.lock();
        let built = self.list.load();
        if built.is_some() {
            return Snapshot(built);
        }
        let list = Arc::new(all.by_id.values().cloned().collect());
        self.list.store(Some(Arc::clone(&list)));
        Snapshot(Guard::from_inner(Some(list)))
    }

    /// Returns the snapshot as an `Arc`, for an awaited dispatch, which holds the list across polls.
    pub(crate) fn shared_snapshot(&self) -> Option<Arc<Vec<Connected<Handler>>>> {
        if self.blocks_fast_path() {
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
        self.fast_path_blockers.fetch_add(1, Ordering::Relaxed);
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

// No user code runs while the map is locked or the list replaced.
impl<Handler: ?Sized> RefUnwindSafe for Connections<Handler> {}

impl<Handler: ?Sized + Send + Sync> Disconnect for Connections<Handler> {
    fn disconnect(&self, id: u64) {
        let mut all = self.lock();
        let removed = all.by_id.remove(&id);
        self.list.store(None);
        drop(all);
        self.fast_path_blockers.fetch_sub(1, Ordering::Relaxed);
        // Dropping the closure may run user code, so the lock is released first.
        drop(removed);
    }
}

impl<Handler: ?Sized> fmt::Debug for Connections<Handler> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("fast_path_blockers", &self.fast_path_blockers)
            .finish_non_exhaustive()
    }
}

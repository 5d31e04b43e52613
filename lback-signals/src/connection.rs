//! Receivers that come and go while the program runs.

pub(crate) mod place;

use std::fmt;
use std::panic::RefUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arc_swap::{ArcSwapOption, Guard};

use crate::receiver_info::ReceiverInfo;

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
    place: &'static ReceiverInfo,
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
            .field("signal", &self.place.signal().name())
            .field("place", &self.place.id())
            .finish_non_exhaustive()
    }
}

trait Disconnect: Sync + RefUnwindSafe {
    fn disconnect(&self, id: u64);
}

/// The closures that are connected to one signal.
///
/// The list itself never changes: who connects or disconnects replaces it, so that a dispatch goes
/// through the list that it began with, and locks nothing.
// Not public API. Used by generated code.
#[doc(hidden)]
pub struct Connections<Handler: ?Sized + 'static> {
    /// No fewer than the list holds, so that a dispatch without any need not look.
    count: AtomicUsize,
    list: ArcSwapOption<Vec<Connected<Handler>>>,
}

pub(crate) struct Connected<Handler: ?Sized> {
    id: u64,
    pub(crate) info: &'static ReceiverInfo,
    pub(crate) handler: Arc<Handler>,
}

// Not derived, since that would want it of the handler.
impl<Handler: ?Sized> Clone for Connected<Handler> {
    fn clone(&self) -> Self {
        Self {
            id: self.id,
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
            list: ArcSwapOption::const_empty(),
        }
    }

    /// Whether there may be any.
    #[inline]
    pub(crate) fn exist(&self) -> bool {
        // Who has connected before, on this thread or in a way that this one knows of, has counted
        // before; of others nothing is promised.
        self.count.load(Ordering::Relaxed) != 0
    }

    #[inline]
    pub(crate) fn snapshot(&self) -> Snapshot<Handler> {
        Snapshot(self.list.load())
    }

    /// The same for a dispatch that is awaited, and keeps the list for long.
    pub(crate) fn shared_snapshot(&self) -> Option<Arc<Vec<Connected<Handler>>>> {
        if self.exist() {
            self.list.load_full()
        } else {
            None
        }
    }

    pub(crate) fn connect(
        &'static self,
        place: &'static ReceiverInfo,
        handler: Arc<Handler>,
    ) -> Connection {
        static NEXT_ID: AtomicU64 = AtomicU64::new(0);

        let id = NEXT_ID.fetch_add(1, Ordering::Relaxed);
        let connected = Connected {
            id,
            info: place,
            handler,
        };
        self.count.fetch_add(1, Ordering::Relaxed);
        self.list.rcu(|list| {
            let others = list.iter().flat_map(|list| list.iter());
            let all: Vec<_> = others.chain([&connected]).cloned().collect();
            Some(Arc::new(all))
        });
        Connection {
            connections: self,
            id,
            place,
        }
    }
}

// The list is replaced whole, whoever panics.
impl<Handler: ?Sized> RefUnwindSafe for Connections<Handler> {}

impl<Handler: ?Sized + Send + Sync> Disconnect for Connections<Handler> {
    fn disconnect(&self, id: u64) {
        self.list.rcu(|list| {
            let all = list.iter().flat_map(|list| list.iter());
            let others: Vec<_> = all.filter(|other| other.id != id).cloned().collect();
            (!others.is_empty()).then(|| Arc::new(others))
        });
        self.count.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<Handler: ?Sized> fmt::Debug for Connections<Handler> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections")
            .field("count", &self.count)
            .finish_non_exhaustive()
    }
}

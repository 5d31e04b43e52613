//! Wakes the workers of a process after a commit of deliveries, and warns a program that has none.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::sleep;

use crate::stderr;

/// The time after the first commit in which a worker is expected to start.
const WARN_AFTER: Duration = Duration::from_secs(10);

/// The commits of deliveries in this process. Clones share their state.
#[derive(Clone, Default)]
pub(crate) struct Arrivals(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// The number of changes.
    count: AtomicU64,
    changed: Notify,
    /// Whether a worker has started, or none is expected.
    is_attended: AtomicBool,
    /// Whether the warning about a missing worker is scheduled or written.
    is_watched: AtomicBool,
}

impl Arrivals {
    /// Wakes the workers after a commit of deliveries in this process.
    ///
    /// If no worker starts within 10 seconds of the first commit, it warns once.
    pub(crate) fn committed(&self) {
        self.wake();
        let is_attended = self.0.is_attended.load(Ordering::Relaxed);
        if is_attended || self.0.is_watched.swap(true, Ordering::Relaxed) {
            return;
        }
        // Without a runtime no worker runs here either, and there is no clock to wait by.
        if let Ok(runtime) = Handle::try_current() {
            let shared = Arc::downgrade(&self.0);
            runtime.spawn(async move {
                sleep(WARN_AFTER).await;
                let is_attended = |shared: Arc<Shared>| shared.is_attended.load(Ordering::Relaxed);
                if !shared.upgrade().is_none_or(is_attended) {
                    warn_of_no_worker();
                }
            });
        }
    }

    /// Wakes the workers after a change that another process may have made.
    pub(crate) fn wake(&self) {
        self.0.count.fetch_add(1, Ordering::AcqRel);
        self.0.changed.notify_waiters();
    }

    /// Waits until the number of changes is not `seen`, and returns it.
    pub(crate) async fn changed(&self, seen: u64) -> u64 {
        loop {
            // Registered before the look at the count, so that no change comes in between unnoticed.
            let changed = self.0.changed.notified();
            let count = self.0.count.load(Ordering::Acquire);
            if count != seen {
                return count;
            }
            changed.await;
        }
    }

    /// Notes that a worker has started, or that none is expected in this process.
    pub(crate) fn attend(&self) {
        self.0.is_attended.store(true, Ordering::Relaxed);
    }
}

#[cold]
fn warn_of_no_worker() {
    stderr::warn(format_args!(
        "deliveries to durable receivers were committed, and no worker has started in this process within \
         {WARN_AFTER:?}: start one with `Worker::new(&outbox).spawn()`, or call `outbox.without_worker()` if \
         another process has the worker"
    ));
}

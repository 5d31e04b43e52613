//! The wakers of tasks that wait for a change of the queue.

use crate::unwind::discard_panic;
use std::collections::BTreeMap;
use std::mem;
use std::task::Waker;

/// Registered wakers by key, so that a task that stops waiting can remove its own.
#[derive(Default)]
pub(super) struct WakerSet {
    last_key: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl WakerSet {
    /// Registers a waker and returns the earlier one with the same key. Dropping a waker runs code of its
    /// executor, so the caller does that after it has released the lock.
    pub(super) fn register(&mut self, key: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let key = *key.get_or_insert_with(|| {
            self.last_key += 1;
            self.last_key
        });
        self.wakers.insert(key, waker)
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<Waker> {
        self.wakers.remove(&key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wakers.is_empty()
    }

    /// Returns the key that was assigned last. Keys ascend.
    pub(super) fn last_key(&self) -> u64 {
        self.last_key
    }

    pub(super) fn take(&mut self) -> WakeList {
        WakeList(mem::take(&mut self.wakers))
    }
}

/// Wakers to call after the lock is released.
#[derive(Default)]
pub(super) struct WakeList(BTreeMap<u64, Waker>);

impl WakeList {
    /// Calls every waker, even if one of them panics.
    pub(super) fn wake_all(self) {
        for waker in self.0.into_values() {
            discard_panic(|| waker.wake());
        }
    }
}

//! Tasks that wait for a change of the queue.

use crate::unwind::discard_panic;
use std::collections::BTreeMap;
use std::mem;
use std::task::Waker;

/// Their wakers, each by its key, so that who gives up waiting leaves nothing behind.
#[derive(Default)]
pub(super) struct Waiters {
    next_key: u64,
    wakers: BTreeMap<u64, Waker>,
}

impl Waiters {
    /// Leaves a waker, in place of an earlier one of the same key. That is returned, to be dropped
    /// behind the lock: it is its executor's code.
    pub(super) fn leave(&mut self, key: &mut Option<u64>, waker: Waker) -> Option<Waker> {
        let key = *key.get_or_insert_with(|| {
            self.next_key += 1;
            self.next_key
        });
        self.wakers.insert(key, waker)
    }

    pub(super) fn remove(&mut self, key: u64) -> Option<Waker> {
        self.wakers.remove(&key)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wakers.is_empty()
    }

    /// The key of the last that has begun to wait.
    pub(super) fn last_key(&self) -> u64 {
        self.next_key
    }

    pub(super) fn take(&mut self) -> Woken {
        Woken(mem::take(&mut self.wakers))
    }
}

/// Those that are to be woken, behind the lock.
#[derive(Default)]
pub(super) struct Woken(BTreeMap<u64, Waker>);

impl Woken {
    /// A waker that panics keeps nobody else from his turn.
    pub(super) fn wake(self) {
        for waker in self.0.into_values() {
            discard_panic(|| waker.wake());
        }
    }
}

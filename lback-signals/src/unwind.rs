//! Users' code whose panics go no further.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls a user's code, whose panic goes no further.
pub(crate) fn discard_panic(call: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
        drop_guarded(payload);
    }
}

/// What a user's code gives, unless it panics.
pub(crate) fn catch_panic<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call))
        .map_err(drop_guarded)
        .ok()
}

/// Drops a value of a user's, whose own `Drop` may panic.
pub(crate) fn drop_guarded<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // Its payload may panic when dropped as well, and so on for ever: leak it.
        std::mem::forget(payload);
    }
}

/// A user's value whose `Drop` may panic, wherever its last owner is. A panic of its `Drop` is discarded,
/// since a second panic while the first one unwinds would abort the process.
pub struct PanicGuarded<T>(Option<T>);

impl<T> PanicGuarded<T> {
    /// Guards a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// What it is.
    #[inline]
    #[must_use]
    pub fn get(&self) -> &T {
        match &self.0 {
            Some(value) => value,
            None => unreachable!("it is taken out when it is dropped"),
        }
    }
}

impl<T> Drop for PanicGuarded<T> {
    fn drop(&mut self) {
        drop_guarded(self.0.take());
    }
}

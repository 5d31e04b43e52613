//! Users' code whose panics go no further.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Calls a user's code, whose panic goes no further.
pub(crate) fn quietly(call: impl FnOnce()) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(call)) {
        drop_quietly(payload);
    }
}

/// What a user's code gives, unless it panics.
pub(crate) fn unless_it_panics<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(call))
        .map_err(drop_quietly)
        .ok()
}

/// Drops a value of a user's, whose own `Drop` may panic.
pub(crate) fn drop_quietly<T>(value: T) {
    if let Err(payload) = catch_unwind(AssertUnwindSafe(|| drop(value))) {
        // Its payload may panic when dropped as well, and so on for ever: leak it.
        std::mem::forget(payload);
    }
}

/// A value of a user's that is dropped quietly, wherever its last owner is; and for itself, since a
/// second panic while the first one unwinds would end the process.
pub struct DroppedQuietly<T>(Option<T>);

impl<T> DroppedQuietly<T> {
    /// Takes what is to be dropped quietly.
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

impl<T> Drop for DroppedQuietly<T> {
    fn drop(&mut self) {
        drop_quietly(self.0.take());
    }
}

//! Catching panics of user code.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// The payload of a panic. Its `Drop` may panic, too: drop it with [`drop_guarded`].
pub(crate) type Payload = Box<dyn Any + Send>;

/// Calls user code and returns its value, or the payload of its panic.
///
/// Every call of a receiver goes through this function.
#[inline]
pub(crate) fn catch<T>(call: impl FnOnce() -> T) -> Result<T, Payload> {
    catch_unwind(AssertUnwindSafe(call))
}

/// Calls user code and discards its panic.
pub(crate) fn discard_panic(call: impl FnOnce()) {
    if let Err(payload) = catch(call) {
        drop_guarded(payload);
    }
}

/// Calls user code and returns its value, or `None` if it panics.
pub(crate) fn catch_panic<T>(call: impl FnOnce() -> T) -> Option<T> {
    catch(call).map_err(drop_guarded).ok()
}

/// Drops a value of a user type and discards a panic of its `Drop`.
pub(crate) fn drop_guarded<T>(value: T) {
    if let Err(payload) = catch(|| drop(value)) {
        // The payload's `Drop` may panic too, and so may the payload of that panic: leak it.
        std::mem::forget(payload);
    }
}

/// A value of a user type, whose `Drop` may panic.
///
/// The panic is discarded, since a second panic during unwinding would abort the process.
pub struct PanicGuarded<T>(Option<T>);

impl<T> PanicGuarded<T> {
    /// Wraps a value.
    #[must_use]
    pub fn new(value: T) -> Self {
        Self(Some(value))
    }

    /// Returns the value without its guard.
    #[must_use]
    pub fn into_inner(mut self) -> T {
        match self.0.take() {
            Some(value) => value,
            None => unreachable!("the value is taken only on drop"),
        }
    }

    /// Returns the value.
    #[inline]
    #[must_use]
    pub fn get(&self) -> &T {
        match &self.0 {
            Some(value) => value,
            None => unreachable!("the value is taken only on drop"),
        }
    }
}

impl<T> Drop for PanicGuarded<T> {
    fn drop(&mut self) {
        drop_guarded(self.0.take());
    }
}

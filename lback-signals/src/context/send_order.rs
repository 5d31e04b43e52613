//! The order in which signals are sent.

use std::sync::atomic::{AtomicU64, Ordering};

/// The position of a send among all sends of the process that have deferred receivers.
///
/// A nested send ends before the enclosing one, so sends reach a transaction or the background queue in
/// another order than they began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SendOrder(u64);

impl SendOrder {
    /// Returns the position of a send that begins now.
    pub(crate) fn now() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

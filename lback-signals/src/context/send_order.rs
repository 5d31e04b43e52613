//! The order in which signals are sent.

use std::sync::atomic::{AtomicU64, Ordering};

/// The position of a send among all sends in transactions.
///
/// A nested send ends before the enclosing one, so a transaction receives sends in another order than they
/// began, and sorts them when it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SendOrder(u64);

impl SendOrder {
    /// Returns the position of a send that begins now.
    pub(crate) fn now() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

//! The order in which signals are sent.

use std::sync::atomic::{AtomicU64, Ordering};

/// The position of one send among all sends of the process whose receivers run later.
///
/// A nested send ends before the send around it, so the order in which sends reach a transaction or the
/// background is not the order of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct SendOrder(u64);

impl SendOrder {
    /// The position of a send that begins now.
    pub(crate) fn now() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

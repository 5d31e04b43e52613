//! The state of a landing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The state of a [`Landing`](crate::Landing), for health checks and numbers. A clone is the same state.
#[derive(Clone, Debug, Default)]
pub struct LandingHealth(Arc<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    is_active: AtomicBool,
    is_degraded: AtomicBool,
    landed: AtomicU64,
    refused: AtomicU64,
    repeated: AtomicU64,
    ignored: AtomicU64,
}

impl LandingHealth {
    /// Returns whether this process lands messages. `false` before the start, and while another process does.
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.0.is_active.load(Ordering::Relaxed)
    }

    /// Returns whether the server or the outbox did not answer last.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.0.is_degraded.load(Ordering::Relaxed)
    }

    /// Returns the number of signals that were stored for receivers.
    #[must_use]
    pub fn landed(&self) -> u64 {
        self.0.landed.load(Ordering::Relaxed)
    }

    /// Returns the number of messages that are dead letters of `@land`.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.0.refused.load(Ordering::Relaxed)
    }

    /// Returns the number of messages that were stored before.
    #[must_use]
    pub fn repeated(&self) -> u64 {
        self.0.repeated.load(Ordering::Relaxed)
    }

    /// Returns the number of messages without a receiver here.
    #[must_use]
    pub fn ignored(&self) -> u64 {
        self.0.ignored.load(Ordering::Relaxed)
    }

    pub(crate) fn set_active(&self, is_active: bool) {
        self.0.is_active.store(is_active, Ordering::Relaxed);
    }

    /// Returns whether the state has changed.
    pub(crate) fn set_degraded(&self, is_degraded: bool) -> bool {
        self.0.is_degraded.swap(is_degraded, Ordering::Relaxed) != is_degraded
    }

    pub(crate) fn add_stored(&self, new: u64, refused: u64, given: u64) {
        // Of the given ones, refused ones are stored as the others are.
        let refused = refused.min(new);
        self.0.landed.fetch_add(new - refused, Ordering::Relaxed);
        self.0.refused.fetch_add(refused, Ordering::Relaxed);
        self.0
            .repeated
            .fetch_add(given.saturating_sub(new), Ordering::Relaxed);
    }

    pub(crate) fn add_ignored(&self, count: u64) {
        self.0.ignored.fetch_add(count, Ordering::Relaxed);
    }
}

//! The state of a relay.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The state of a [`Relay`](super::Relay), for health checks and numbers. A clone is the same state.
#[derive(Clone, Debug, Default)]
pub struct RelayHealth(Arc<Numbers>);

#[derive(Debug, Default)]
struct Numbers {
    is_degraded: AtomicBool,
    published: AtomicU64,
    dead: AtomicU64,
    lost: AtomicU64,
}

impl RelayHealth {
    /// Returns whether the last step failed, since the outbox or the broker did not answer.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.0.is_degraded.load(Ordering::Relaxed)
    }

    /// Returns the number of signals that the broker has acknowledged.
    #[must_use]
    pub fn published(&self) -> u64 {
        self.0.published.load(Ordering::Relaxed)
    }

    /// Returns the number of signals that the broker has refused for good.
    #[must_use]
    pub fn dead(&self) -> u64 {
        self.0.dead.load(Ordering::Relaxed)
    }

    /// Returns the number of acknowledged signals that the broker has lost, and that are published again.
    #[must_use]
    pub fn republished(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Returns whether the state has changed.
    pub(super) fn set_degraded(&self, is_degraded: bool) -> bool {
        self.0.is_degraded.swap(is_degraded, Ordering::Relaxed) != is_degraded
    }

    pub(super) fn add_published(&self, count: usize) {
        add(&self.0.published, count);
    }

    pub(super) fn add_dead(&self, count: usize) {
        add(&self.0.dead, count);
    }

    pub(super) fn add_republished(&self, count: u64) {
        self.0.lost.fetch_add(count, Ordering::Relaxed);
    }
}

fn add(number: &AtomicU64, count: usize) {
    number.fetch_add(u64::try_from(count).unwrap_or(u64::MAX), Ordering::Relaxed);
}

//! The counts of the background queue.

/// Counts of background receivers, returned by [`stats`](super::stats()).
///
/// Each accepted receiver is counted once, except those that a [`drain`](super::drain()) discarded or the
/// shutdown of the runtime cancelled.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stats {
    pub(super) waiting: usize,
    pub(super) running: usize,
    pub(super) done: u64,
    pub(super) failed: u64,
}

impl Stats {
    /// Returns the number of receivers that are queued.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// Returns the number of receivers that are running.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running
    }

    /// Returns the number of receivers that have succeeded since the process began. Receivers that one of
    /// their parameters skipped count, too.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// Returns the number of receivers that have failed since the process began.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns the sum of the four counts.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.done + self.failed + self.waiting as u64 + self.running as u64
    }
}

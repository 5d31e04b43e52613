//! The settings of the background queue.

use std::error::Error;
use std::fmt;
use std::thread;
use std::time::Duration;

/// Limits of the background queue, for [`configure`](super::configure).
///
/// ```
/// use std::time::Duration;
///
/// use lback_signals::background::{Overflow, Settings};
///
/// let settings = Settings::new()
///     .with_capacity(10_000)
///     .with_overflow(Overflow::Wait)
///     .with_concurrency(32)
///     .with_warn_after(Duration::from_secs(5));
/// # let _ = settings;
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Settings {
    pub(super) capacity: usize,
    pub(super) overflow: Overflow,
    pub(super) concurrency: usize,
    pub(super) warn_after: Duration,
    pub(super) stall_timeout: Duration,
}

impl Settings {
    /// Returns the defaults:
    ///
    /// | setting | default |
    /// |---|---|
    /// | [`capacity`](Self::with_capacity) | 65,536 receivers |
    /// | [`overflow`](Self::with_overflow) | [`Overflow::Refuse`] |
    /// | [`concurrency`](Self::with_concurrency) | the number of processors, at least 16 |
    /// | [`warn_after`](Self::with_warn_after) | 30 seconds |
    /// | [`stall_timeout`](Self::with_stall_timeout) | 1 minute |
    #[must_use]
    pub fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self {
            capacity: 65_536,
            overflow: Overflow::Refuse,
            concurrency: processors.max(16),
            warn_after: Duration::from_secs(30),
            stall_timeout: Duration::from_mins(1),
        }
    }

    /// Sets the maximum number of queued receivers, not counting those that run; at least 1.
    #[must_use]
    pub fn with_capacity(mut self, receivers: usize) -> Self {
        self.capacity = receivers.max(1);
        self
    }

    /// Sets what happens to a receiver when the queue is full.
    #[must_use]
    pub fn with_overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// Sets the maximum number of receivers that run concurrently; at least 1. With 1 they run one after the
    /// other, in the order of the queue.
    #[must_use]
    pub fn with_concurrency(mut self, receivers: usize) -> Self {
        self.concurrency = receivers.max(1);
        self
    }

    /// Sets how long a receiver may run before a warning is logged, once per run. Without a `tracing`
    /// subscriber the warning is a line on standard error.
    #[must_use]
    pub fn with_warn_after(mut self, time: Duration) -> Self {
        self.warn_after = time;
        self
    }

    /// Sets how long a sender waits for a slot, with [`Overflow::Wait`], while no receiver starts or ends.
    /// Then the sender is [refused](super::Refused::Stalled). It may wait up to twice as long.
    ///
    /// The timeout resolves a deadlock: a receiver joins a thread, that thread sends and waits for a slot,
    /// and no slot becomes free while all receivers wait like this. Set it to more than a receiver may take.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use lback_signals::background::{Overflow, Settings};
    ///
    /// let settings = Settings::new()
    ///     .with_overflow(Overflow::Wait)
    ///     .with_stall_timeout(Duration::from_secs(10));
    /// # let _ = settings;
    /// ```
    #[must_use]
    pub fn with_stall_timeout(mut self, time: Duration) -> Self {
        self.stall_timeout = time;
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

/// The treatment of a receiver when the queue is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Overflow {
    /// The receiver is refused: a failure in the sender's report, which is logged and given to the failure
    /// hook. The sender never waits.
    Refuse,
    /// The sender waits for a slot. `send` and the end of a transaction block their thread. `send_async`
    /// waits without blocking, except in a transaction that has ended.
    ///
    /// Two kinds of senders are refused instead, since they might wait for themselves: a background
    /// receiver, and a sender that would block a thread of the background's runtime. A receiver may also
    /// wait for a thread that sends: see [`Settings::with_stall_timeout`].
    Wait,
}

/// Error returned when the background is configured after its first receiver was queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct AlreadyStarted;

impl fmt::Display for AlreadyStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the background is in use: configure it before the first signal with a `background` \
             receiver is sent",
        )
    }
}

impl Error for AlreadyStarted {}

//! What can be set of the background.

use std::error::Error;
use std::fmt;
use std::thread;
use std::time::Duration;

/// How much may be in the background, for [`configure`](super::configure).
///
/// ```
/// use std::time::Duration;
///
/// use lback_signals::background::{Overflow, Settings};
///
/// let settings = Settings::new()
///     .capacity(10_000)
///     .overflow(Overflow::Wait)
///     .concurrency(32)
///     .warn_after(Duration::from_secs(5));
/// # let _ = settings;
/// ```
#[derive(Clone, Debug)]
pub struct Settings {
    pub(super) capacity: usize,
    pub(super) overflow: Overflow,
    pub(super) concurrency: usize,
    pub(super) warn_after: Duration,
    pub(super) stall_timeout: Duration,
}

impl Settings {
    /// The defaults: 65,536 receivers may wait, and more are refused; 16 run at a time, or as many as
    /// there are processors if that is more; one that runs for 30 seconds is warned of; a sender that waits
    /// is refused when none has ended for a minute.
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

    /// How many receivers may wait for their turn, beside those at work; at least 1.
    #[must_use]
    pub fn capacity(mut self, receivers: usize) -> Self {
        self.capacity = receivers.max(1);
        self
    }

    /// What happens when as many wait as may.
    #[must_use]
    pub fn overflow(mut self, overflow: Overflow) -> Self {
        self.overflow = overflow;
        self
    }

    /// How many receivers run at a time; at least 1. With 1 they run in the order of the queue.
    #[must_use]
    pub fn concurrency(mut self, receivers: usize) -> Self {
        self.concurrency = receivers.max(1);
        self
    }

    /// How long a receiver may run before a warning is logged, once for each run. Without a `tracing`
    /// subscriber it is a line on standard error.
    #[must_use]
    pub fn warn_after(mut self, time: Duration) -> Self {
        self.warn_after = time;
        self
    }

    /// Sets how long a sender waits, with [`Overflow::Wait`], while no receiver begins or ends, before it is
    /// [refused](super::Refused::Stalled). It may wait up to twice as long.
    ///
    /// A receiver that joins a thread which sends may keep that thread from its place, and waits for it: with
    /// all receivers stuck in that way, this is what ends it. Set it to more than a receiver may take.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use lback_signals::background::{Overflow, Settings};
    ///
    /// let settings = Settings::new()
    ///     .overflow(Overflow::Wait)
    ///     .stall_timeout(Duration::from_secs(10));
    /// # let _ = settings;
    /// ```
    #[must_use]
    pub fn stall_timeout(mut self, time: Duration) -> Self {
        self.stall_timeout = time;
        self
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self::new()
    }
}

/// What happens to a receiver for which there is no place in the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overflow {
    /// It is refused: a failure in the sender's report, logged and given to the hook. The sender
    /// never waits.
    Refuse,
    /// The sender waits until there is one: `send` and the end of a transaction block their thread, and
    /// `send_async` does so only in a transaction that has ended. A background receiver that sends is refused
    /// all the same, since it might wait for itself, and so is a sender that would block the runtime of the
    /// background. A receiver may also wait for a thread that sends: see [`Settings::stall_timeout`].
    Wait,
}

/// Receivers run in the background already, so that it cannot be set up any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AlreadyStarted;

impl fmt::Display for AlreadyStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the background is in use: set it up before the first signal with a `background` \
             receiver is sent",
        )
    }
}

impl Error for AlreadyStarted {}

//! Receivers that run off the sender's path (feature `tokio`).
//!
//! ```
//! use std::time::Duration;
//!
//! use lback_signals::{Signal, background, receiver, signal};
//!
//! #[signal(owned)]
//! struct SignedUp<'a> {
//!     email: &'a str,
//! }
//!
//! #[receiver(signal = SignedUp, background)]
//! async fn welcome(event: &SignedUp<'_>) {
//!     tokio::time::sleep(Duration::from_millis(20)).await; // a mail server
//!     println!("welcome, {}", event.email);
//! }
//!
//! let report = SignedUp { email: "ada@example.org" }.send();
//! assert_eq!((report.delivered(), report.deferred()), (0, 1)); // the sender did not wait
//!
//! let drained = background::drain(Duration::from_secs(10)); // at the end of `main`
//! assert!(drained.is_complete());
//! assert_eq!(background::stats().done(), 1);
//! ```
//!
//! A receiver marked `background` gets a copy of its signal, which is therefore `owned`, and is put
//! in a queue. It is a `fn`, which runs on a thread of its own, or an `async fn`. With `after_commit` it
//! is put there when the transaction has committed. It runs in the [`Scope`](crate::Scope) in which the
//! signal was sent, and in no transaction; its errors and panics are logged and given to the hook of
//! [`on_failure`](crate::on_failure).
//!
//! # Where
//!
//! On a runtime of tokio's that is started when the first receiver is handed over, so that programs
//! without one have it too; or on one of yours: see [`use_handle`]. Receivers are taken from the
//! queue in order and run beside each other, as many as [`Settings::concurrency`] says; with 1, each
//! waits for the one before it.
//!
//! A receiver is put in the queue at the end of its send, so those of a nested send come before those of
//! the send around it.
//!
//! # When there is too much
//!
//! The queue holds [`Settings::capacity`] receivers that wait. What is sent beyond that is
//! [refused](Refused), as a failure in the report, logged like any other, or the sender waits for a
//! place: see [`Overflow`]. A sender that would wait for itself is refused: a receiver in the background,
//! code that blocks on the runtime of the background, and, after [`Settings::stall_timeout`], a thread that a
//! receiver joins.
//!
//! # At the end
//!
//! **What is still in the queue when the process ends is lost.** It is kept in memory alone. Call
//! [`drain`] before, which lets it be done and names what was not.
//!
//! From the beginning of `drain`, only what background receivers send in turn is accepted, and after it
//! nothing: what is sent then is refused, as a failure. A receiver that never ends keeps `drain` until
//! its deadline, and is named.

mod alarm;
mod drained;
mod draining;
mod executor;
mod job;
mod origin;
mod queue;
mod settings;
mod wait;
mod waiters;
mod worker;

use std::time::Duration;

use tokio::runtime::Handle;

pub use self::drained::{Drained, Undelivered};
use self::executor::Setup;
pub(crate) use self::job::Job;
pub use self::settings::{AlreadyStarted, Overflow, Settings};
pub use crate::report::Refused;
use crate::report::Report;

/// Runs receivers in the background on this runtime instead of one of their own.
///
/// Call it before the first of them is handed over. Without the runtime's timer, which
/// [`enable_all`](tokio::runtime::Builder::enable_all) enables, nothing is warned of. When the runtime
/// shuts down, those at work are cancelled at their next `.await`, and those that wait will not run;
/// that is logged, and [`drain`] names all of them. Each later one is refused, as a failure of the send.
///
/// # Errors
///
/// One has been handed over already.
///
/// ```
/// use lback_signals::background;
/// use tokio::runtime::Handle;
///
/// #[tokio::main]
/// async fn main() -> Result<(), background::AlreadyStarted> {
///     background::use_handle(Handle::current())?;
///     // …
///     Ok(())
/// }
/// ```
pub fn use_handle(handle: Handle) -> Result<(), AlreadyStarted> {
    executor::set_up(|setup: &mut Setup| setup.handle = Some(handle))
}

/// Sets how much may wait, how much may run, and what happens beyond that.
///
/// Call it before the first receiver is handed over.
///
/// # Errors
///
/// One has been handed over already.
///
/// ```
/// use lback_signals::background::{self, Overflow, Settings};
///
/// # fn main() -> Result<(), background::AlreadyStarted> {
/// background::configure(Settings::new().capacity(1_000).overflow(Overflow::Wait))?;
/// # Ok(())
/// # }
/// ```
pub fn configure(settings: Settings) -> Result<(), AlreadyStarted> {
    executor::set_up(|setup: &mut Setup| setup.settings = settings)
}

/// Waits until all that is in the background is done, or for this long, and ends the background: for
/// the end of `main`.
///
/// While it waits, it accepts what background receivers send in turn, and nothing else. At the deadline
/// those that still wait are given up, and those at work are left alone; both are logged, and named in
/// the answer.
///
/// Drains that overlap, such as one in a signal handler and one at the end of `main`, end together: at the
/// longest of their deadlines, with the same answer. A later drain waits for the receivers that are still at
/// work, and names those that an earlier one has given up again.
///
/// It blocks this thread. In an `async fn` call [`drain_async`]; on a runtime with one thread that the
/// background uses by [`use_handle`], this would wait for what it keeps from running. A background
/// receiver that calls it waits for itself, until the longest deadline.
///
/// ```
/// use std::time::Duration;
///
/// use lback_signals::background;
///
/// let drained = background::drain(Duration::from_secs(10));
/// for undelivered in drained.undelivered() {
///     eprintln!("lost: {undelivered}");
/// }
/// ```
#[must_use = "it says what has been lost"]
pub fn drain(timeout: Duration) -> Drained {
    match executor::close_if_idle() {
        None => Drained::default(),
        Some(executor) => executor.drain(timeout),
    }
}

/// The same, without blocking the thread, on any runtime or none. It begins when it is polled first. If
/// it is dropped before its end, its deadline counts no more, and the background goes on taking only what
/// its receivers send.
#[must_use = "nothing happens before it is awaited"]
pub async fn drain_async(timeout: Duration) -> Drained {
    match executor::close_if_idle() {
        None => Drained::default(),
        Some(executor) => executor.drain_async(timeout).await,
    }
}

/// Waits until nothing is in the background, or for this long, and says whether all that was there has
/// come to its end. Nothing else changes, which is what tests want.
///
/// It blocks this thread, as [`drain`] does. What others put there meanwhile is waited for, too.
#[must_use]
pub fn flush(timeout: Duration) -> bool {
    match executor::started() {
        None => true,
        Some(executor) => executor.flush(timeout),
    }
}

/// How much there is in the background, at this moment.
///
/// ```
/// let stats = lback_signals::background::stats();
/// println!("{} of {}", stats.done() + stats.failed(), stats.total());
/// ```
#[must_use]
pub fn stats() -> Stats {
    executor::started().map_or_else(Stats::default, executor::Executor::stats)
}

/// What [`stats`] says. A receiver that was handed over is in one of the four numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Stats {
    waiting: usize,
    running: usize,
    done: u64,
    failed: u64,
}

impl Stats {
    /// How many receivers wait for their turn.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting
    }

    /// How many are at work.
    #[must_use]
    pub fn running(&self) -> usize {
        self.running
    }

    /// How many have done their work since the process began, or were passed over because one of
    /// their parameters asked for it.
    #[must_use]
    pub fn done(&self) -> u64 {
        self.done
    }

    /// How many have failed since the process began.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// All of them together: how many have been handed over, but for those that [`drain`] has given
    /// up, or that were cut off when their runtime was shut down.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.done + self.failed + self.waiting as u64 + self.running as u64
    }
}

/// Hands a receiver over. If it is not taken, that is a failure.
#[inline]
pub(crate) fn submit(job: Job) -> Result<(), Report> {
    match executor::get() {
        Ok(executor) => executor.submit(job),
        Err(why) => Err(job.refused(why)),
    }
}

/// The same, where waiting for a place need not block.
pub(crate) async fn submit_async(job: Job) -> Result<(), Report> {
    match executor::get() {
        Ok(executor) => executor.submit_async(job).await,
        Err(why) => Err(job.refused(why)),
    }
}

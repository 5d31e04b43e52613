//! Background receivers: a bounded queue between senders and tokio tasks (feature `tokio`).
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
//! A receiver with the option `background` gets a copy of its signal, which therefore has to be `owned`. A
//! job with the copy and the receiver is queued. The receiver is an `async fn`, or a `fn`, which runs on a
//! blocking thread. With `after_commit`, the job is queued when the transaction has committed.
//!
//! The receiver runs in the [`Scope`](crate::Scope) in which the signal was sent, and in no transaction. Its
//! errors and panics are logged and given to the hook of [`on_failure`](crate::on_failure).
//!
//! # Runtime and order
//!
//! Receivers run on a dedicated tokio runtime, which starts with the first job, so programs without a runtime
//! can use them, too. To run them on the runtime of the program, call [`use_handle`].
//!
//! Workers take jobs from the queue in order and run several of them concurrently
//! ([`Settings::with_concurrency`]). With a concurrency of 1, each receiver starts after the one before it has
//! ended.
//!
//! A job is queued at the end of its send. So the jobs of a nested send come before those of the outer send.
//!
//! # Full queue
//!
//! The queue is bounded ([`Settings::with_capacity`]). When it is full, a new job is [refused](Refused), which is
//! a failure in the report and logged like any other, or the sender waits for a slot: see [`Overflow`]. A sender
//! that might wait for itself is refused: a background receiver, code that blocks the background's runtime,
//! and, after [`Settings::with_stall_timeout`], a thread that a receiver joins.
//!
//! # Shutdown
//!
//! **Jobs that are still queued when the process ends are lost**, since the queue is in memory only. Call
//! [`drain`] at the end of `main`: it waits for them, and names those that were not delivered.
//!
//! During the drain, only jobs that background receivers send are accepted, and afterwards none: their send
//! reports a failure. A receiver that never ends keeps `drain` until its deadline, and is named.

mod block_on;
mod drain_group;
mod drained;
mod executor;
mod job;
mod queue;
mod settings;
mod span;
mod stats;
mod timer;
mod wakers;
mod worker;

use std::time::Duration;

use tokio::runtime::Handle;

#[cfg(feature = "durable")]
pub(crate) use self::block_on::{block_on, block_on_receivers};
pub use self::drained::{Drained, Undelivered};
use self::executor::Setup;
pub(crate) use self::job::Job;
pub use self::settings::{AlreadyStarted, Overflow, Settings};
pub use self::stats::Stats;
pub use crate::report::Refused;
use crate::report::Report;

/// Runs background receivers on this runtime instead of a dedicated one.
///
/// Call it before the first receiver is queued. Enable the timer of the runtime with
/// [`enable_all`](tokio::runtime::Builder::enable_all): without it, slow receivers are not logged.
///
/// When the runtime shuts down, running receivers are cancelled at their next `.await`, and queued ones will
/// not run. That is logged, and [`drain`] names all of them. Later jobs are refused, which is a failure of
/// their send.
///
/// # Errors
///
/// Returns [`AlreadyStarted`] if a receiver has been queued.
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

/// Sets the limits of the queue, and what happens when it is full.
///
/// Call it before the first receiver is queued.
///
/// # Errors
///
/// Returns [`AlreadyStarted`] if a receiver has been queued.
///
/// ```
/// use lback_signals::background::{self, Overflow, Settings};
///
/// # fn main() -> Result<(), background::AlreadyStarted> {
/// background::configure(Settings::new().with_capacity(1_000).with_overflow(Overflow::Wait))?;
/// # Ok(())
/// # }
/// ```
pub fn configure(settings: Settings) -> Result<(), AlreadyStarted> {
    executor::set_up(|setup: &mut Setup| setup.settings = settings)
}

/// Waits until all background receivers have ended or `timeout` has passed, and closes the background queue.
/// Call it at the end of `main`.
///
/// During the drain, only jobs that background receivers send are accepted. At the deadline, queued jobs are
/// discarded and running ones are left alone. Both are logged and named in the result.
///
/// Drains that overlap, such as one in a signal handler and one at the end of `main`, end together, with the
/// same result: when no job runs, or at the longest of their deadlines. A later drain waits for the receivers
/// that still run. Its result repeats the jobs that an earlier drain discarded.
///
/// # Blocking
///
/// It blocks this thread. In an `async fn`, call [`drain_async`] instead: on a single-threaded runtime that
/// the background uses by [`use_handle`], `drain` would block the receivers that it waits for. A background
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
#[must_use = "it names the receivers that were not delivered"]
pub fn drain(timeout: Duration) -> Drained {
    match executor::started_or_close() {
        None => Drained::default(),
        Some(executor) => executor.drain(timeout),
    }
}

/// Drains the background, as [`drain`] does, without blocking the thread. It works on any runtime or none.
///
/// The drain begins with the first poll. If the future is dropped before it is ready, its deadline no longer
/// counts, but the background still accepts only jobs that its receivers send.
#[must_use = "nothing happens before it is awaited"]
pub async fn drain_async(timeout: Duration) -> Drained {
    match executor::started_or_close() {
        None => Drained::default(),
        Some(executor) => executor.drain_async(timeout).await,
    }
}

/// Waits until no background receiver is queued or running, or `timeout` has passed. Returns whether all of them
/// have run. The background queue stays open, which suits tests.
///
/// It blocks this thread, as [`drain`] does, and also waits for jobs that are queued meanwhile.
#[must_use]
pub fn flush(timeout: Duration) -> bool {
    match executor::started() {
        None => true,
        Some(executor) => executor.flush(timeout),
    }
}

/// Returns the current counts of background receivers.
///
/// ```
/// let stats = lback_signals::background::stats();
/// println!("{} of {}", stats.done() + stats.failed(), stats.total());
/// ```
#[must_use]
pub fn stats() -> Stats {
    executor::started().map_or_else(Stats::default, |executor| executor.queue().stats())
}

/// Submits a job. Returns the report of its failure if it is refused.
#[inline]
pub(crate) fn submit(job: Job) -> Result<(), Report> {
    match executor::get() {
        Ok(executor) => executor.submit(job),
        Err(why) => Err(job.refused(why)),
    }
}

/// Submits a job. Waits for a slot without blocking the thread.
pub(crate) async fn submit_async(job: Job) -> Result<(), Report> {
    match executor::get() {
        Ok(executor) => executor.submit_async(job).await,
        Err(why) => Err(job.refused(why)),
    }
}

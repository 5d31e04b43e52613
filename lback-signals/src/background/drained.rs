//! The result of a drain.

use std::fmt;
use std::sync::atomic::Ordering;

use super::drain_group::DrainOutcome;
use super::job::JobInfo;
use crate::info::ReceiverInfo;
use crate::stderr;

/// The result of [`drain`](super::drain).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Drained {
    delivered: u64,
    failed: u64,
    undelivered: Vec<Undelivered>,
}

impl Drained {
    pub(super) fn new(outcome: &DrainOutcome<JobInfo>) -> Self {
        let running = outcome.running.iter().map(|it| Undelivered::new(it, true));
        let unstarted = outcome.unstarted.iter();
        let unstarted = unstarted.map(|it| Undelivered::new(it, false));
        let drained = Self {
            delivered: outcome.done,
            failed: outcome.failed,
            undelivered: running.chain(unstarted).collect(),
        };
        // Drains that overlap share the outcome, and one of them logs it.
        if outcome.is_unlogged.swap(false, Ordering::Relaxed) {
            drained.undelivered.iter().for_each(Undelivered::log);
        }
        drained
    }

    /// Returns the number of receivers that ended without a failure during the drain.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// Returns the number of receivers that failed during the drain.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Returns the receivers that had not ended: first those that were running, then those that were queued,
    /// in the order of the queue.
    #[must_use]
    pub fn undelivered(&self) -> &[Undelivered] {
        &self.undelivered
    }

    /// Returns whether all receivers have ended.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        self.undelivered.is_empty()
    }
}

/// `3 delivered, 1 failed, 2 undelivered`
impl fmt::Display for Drained {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let undelivered = self.undelivered.len();
        write!(
            f,
            "{} delivered, {} failed, {undelivered} undelivered",
            self.delivered, self.failed,
        )
    }
}

/// A receiver that had not ended when the background was closed.
///
/// `Display` shows all of it: `order_paid (order 7) for shop::send_receipt, which was running`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Undelivered {
    receiver: &'static ReceiverInfo,
    sender: Option<String>,
    was_running: bool,
}

impl Undelivered {
    fn new(job: &JobInfo, was_running: bool) -> Self {
        Self {
            receiver: job.receiver(),
            sender: job.sender(),
            was_running,
        }
    }

    fn log(&self) {
        #[cfg(feature = "tracing")]
        crate::unwind::discard_panic(|| {
            tracing::error!(
                signal = self.receiver.signal().name(),
                sender = self.sender(),
                receiver = self.receiver.id(),
                "background receiver not delivered: {self}",
            );
        });
        stderr::write_unless_traced(|| format!("background receiver not delivered: {self}"));
    }

    /// Returns the receiver, which names its signal.
    #[must_use]
    pub fn receiver(&self) -> &'static ReceiverInfo {
        self.receiver
    }

    /// Returns the name and id of the [`Model`](crate::Model) that sent the signal: `order 7`. Returns `None`
    /// if the sender is not a model.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// Returns whether the receiver was running. It may still end, unless its runtime has been shut down. A
    /// receiver that was queued never runs.
    #[must_use]
    pub fn was_running(&self) -> bool {
        self.was_running
    }
}

impl fmt::Display for Undelivered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.receiver.signal().name())?;
        if let Some(sender) = &self.sender {
            write!(f, " ({sender})")?;
        }
        write!(f, " for {}", self.receiver.id())?;
        if self.was_running {
            f.write_str(", which was running")?;
        }
        Ok(())
    }
}

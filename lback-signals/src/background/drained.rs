//! What was in the background at the end.

use std::fmt;
use std::sync::atomic::Ordering;

use super::draining::Undone;
use super::job::Name;
use crate::info::ReceiverInfo;
use crate::stderr;

/// What [`drain`](super::drain) came to.
#[derive(Clone, Debug, Default)]
pub struct Drained {
    delivered: u64,
    failed: u64,
    undelivered: Vec<Undelivered>,
}

impl Drained {
    pub(super) fn new(undone: &Undone<Name>) -> Self {
        let running = undone.running.iter().map(|it| Undelivered::new(it, true));
        let waiting = undone.waiting.iter().map(|it| Undelivered::new(it, false));
        let drained = Self {
            delivered: undone.done,
            failed: undone.failed,
            undelivered: running.chain(waiting).collect(),
        };
        // Drains that overlap have the same answer.
        if undone.is_news.swap(false, Ordering::Relaxed) {
            drained.undelivered.iter().for_each(Undelivered::log);
        }
        drained
    }

    /// How many receivers did their work while it waited.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.delivered
    }

    /// How many failed while it waited.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Those that had not come to their end: first those at work, then those that waited, in the
    /// order of the queue.
    #[must_use]
    pub fn undelivered(&self) -> &[Undelivered] {
        &self.undelivered
    }

    /// Whether all have come to their end.
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

/// A receiver that had not come to its end when the background was closed.
///
/// `Display` says all of it: `order_paid (order 7) for shop::send_receipt, which was running`.
#[derive(Clone, Debug)]
pub struct Undelivered {
    receiver: &'static ReceiverInfo,
    sender: Option<String>,
    was_running: bool,
}

impl Undelivered {
    fn new(name: &Name, was_running: bool) -> Self {
        Self {
            receiver: name.receiver(),
            sender: name.sender(),
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
                "left undone in the background: {self}",
            );
        });
        stderr::write_unless_traced(|| format!("left undone in the background: {self}"));
    }

    /// The receiver; its signal is in there.
    #[must_use]
    pub fn receiver(&self) -> &'static ReceiverInfo {
        self.receiver
    }

    /// Which [`Model`](crate::Model) sent the signal, by name and id: `order 7`. `None` if what sent
    /// it is no model.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// Whether it was at work, and may come to its end yet, unless its runtime was shut down. Otherwise
    /// it never runs.
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

//! A signal that an undecided transaction leaves undelivered.

use std::fmt;

use crate::context::Pending;
use crate::info::{ReceiverInfo, SignalInfo};
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// A signal whose receivers will not run, since it is not known whether its transaction has committed.
///
/// `Display` says all of it: `order_paid (order 7) for shop::send_receipt`.
#[derive(Clone, Debug)]
pub struct Abandoned {
    signal: &'static SignalInfo,
    sender: Option<String>,
    receivers: Vec<&'static ReceiverInfo>,
}

impl Abandoned {
    /// Returns `None` if no receiver waits.
    pub(super) fn new(pending: &Pending) -> Option<Self> {
        let receivers: Vec<_> = pending.receivers().collect();
        Some(Self {
            signal: receivers.first()?.signal(),
            sender: pending.owned.sender_outside_dispatch(),
            receivers,
        })
    }

    /// The signal.
    #[must_use]
    pub fn signal(&self) -> &'static SignalInfo {
        self.signal
    }

    /// Which [`Model`](crate::Model) sent the signal, by name and id: `order 7`. `None` if what
    /// sent it is no model.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// The receivers that waited for it: those of the commit, then those of the rollback.
    #[must_use]
    pub fn receivers(&self) -> &[&'static ReceiverInfo] {
        &self.receivers
    }

    pub(super) fn log(&self) {
        #[cfg(feature = "tracing")]
        discard_panic(|| {
            tracing::error!(
                signal = self.signal.name(),
                sender = self.sender(),
                "abandoned, since it is not known whether its transaction has committed: {self}",
            );
        });
        stderr::write_unless_traced(|| {
            format!(
                "abandoned, since it is not known whether its transaction has committed: {self}"
            )
        });
    }
}

impl fmt::Display for Abandoned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.signal.name())?;
        if let Some(sender) = &self.sender {
            write!(f, " ({sender})")?;
        }
        for (index, receiver) in self.receivers.iter().enumerate() {
            let joint = if index == 0 { " for" } else { "," };
            write!(f, "{joint} {}", receiver.id())?;
        }
        Ok(())
    }
}

//! Signals of abandoned transactions.

use std::fmt;

use crate::context::Pending;
use crate::info::{ReceiverInfo, SignalInfo};
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// A signal whose pending receivers will not run, since it is unknown whether its transaction has committed.
///
/// `Display` shows all of it: `order_paid (order 7) for shop::send_receipt`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Abandoned {
    signal: &'static SignalInfo,
    sender: Option<String>,
    receivers: Vec<&'static ReceiverInfo>,
}

impl Abandoned {
    /// Returns `None` if no receiver is pending.
    pub(super) fn new(pending: &Pending) -> Option<Self> {
        let receivers: Vec<_> = pending.receivers().collect();
        Some(Self {
            signal: receivers.first()?.signal(),
            sender: pending.owned.sender_outside_dispatch(),
            receivers,
        })
    }

    /// Returns the signal.
    #[must_use]
    pub fn signal(&self) -> &'static SignalInfo {
        self.signal
    }

    /// Returns the name and id of the [`Model`](crate::Model) that sent the signal: `order 7`. Returns `None`
    /// if the sender is not a model.
    #[must_use]
    pub fn sender(&self) -> Option<&str> {
        self.sender.as_deref()
    }

    /// Returns its pending receivers: the `after_commit` receivers, then the `after_rollback` receivers.
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
                "signal abandoned, since it is unknown whether its transaction committed: {self}",
            );
        });
        stderr::write_unless_traced(|| {
            format!(
                "signal abandoned, since it is unknown whether its transaction committed: {self}"
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
            let separator = if index == 0 { " for" } else { "," };
            write!(f, "{separator} {}", receiver.id())?;
        }
        Ok(())
    }
}

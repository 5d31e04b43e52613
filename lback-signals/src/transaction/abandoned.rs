//! Signals of abandoned transactions.

use std::fmt;

#[cfg(feature = "durable")]
use super::enqueued::sender_of;
use crate::context::Pending;
#[cfg(feature = "durable")]
use crate::context::{Enqueued, SendOrder};
use crate::info::{ReceiverInfo, SignalInfo};
use crate::report::guard_user_code;
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
    fn new(pending: &Pending) -> Option<Self> {
        let receivers: Vec<_> = pending.receivers().collect();
        Some(Self {
            signal: receivers.first()?.signal(),
            sender: pending.owned.sender_outside_dispatch(),
            receivers,
        })
    }

    #[cfg(feature = "durable")]
    fn of_enqueued(enqueued: &Enqueued) -> Option<Self> {
        Some(Self {
            signal: enqueued.receivers.first()?.signal(),
            sender: sender_of(enqueued),
            receivers: enqueued.receivers.clone(),
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

    /// Returns its pending receivers: the `after_commit` receivers, then the `after_rollback` receivers, then the
    /// durable ones whose deliveries no outbox has taken.
    #[must_use]
    pub fn receivers(&self) -> &[&'static ReceiverInfo] {
        &self.receivers
    }

    fn log(&self) {
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

/// Logs and returns the signals that will not be delivered.
pub(super) fn discard(
    pending: Vec<Pending>,
    #[cfg(feature = "durable")] enqueued: &[Enqueued],
) -> Vec<Abandoned> {
    let abandoned = pending.iter().filter_map(|pending| {
        let abandoned = Abandoned::new(pending)?;
        Some((pending.order(), abandoned))
    });
    let abandoned: Vec<_> = abandoned.collect();
    #[cfg(feature = "durable")]
    let abandoned = with_enqueued(abandoned, enqueued);
    for (_, abandoned) in &abandoned {
        abandoned.log();
    }
    for pending in pending {
        guard_user_code(|| drop(pending.owned));
    }
    abandoned
        .into_iter()
        .map(|(_, abandoned)| abandoned)
        .collect()
}

/// Adds signals for durable receivers, in the order of sending.
#[cfg(feature = "durable")]
fn with_enqueued(
    mut abandoned: Vec<(SendOrder, Abandoned)>,
    enqueued: &[Enqueued],
) -> Vec<(SendOrder, Abandoned)> {
    abandoned.extend(enqueued.iter().filter_map(|enqueued| {
        let abandoned = Abandoned::of_enqueued(enqueued)?;
        Some((enqueued.order(), abandoned))
    }));
    // Stable: the durable receivers of a signal come after its others.
    abandoned.sort_by_key(|(order, _)| *order);
    abandoned.dedup_by(|(later_order, later), (order, earlier)| {
        let is_same = later_order == order;
        if is_same {
            earlier.receivers.append(&mut later.receivers);
        }
        is_same
    });
    abandoned
}

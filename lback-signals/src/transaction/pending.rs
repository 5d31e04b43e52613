//! Signals that are kept until a transaction ends.

use std::fmt;
use std::sync::Arc;

use super::Node;
use crate::ambient::Ambient;
use crate::dispatch::{self, due};
use crate::failure::guard_user_code;
use crate::parcel::Parcel;
use crate::phase::Phase;
#[cfg(feature = "tracing")]
use crate::quiet::quietly;
use crate::receiver_info::ReceiverInfo;
use crate::report::Report;
use crate::scope::Frame;
use crate::sent::Sent;
use crate::signal_info::SignalInfo;
use crate::stderr;

/// One dispatch's receivers that run later, and the scope that they run in.
pub(crate) struct Pending {
    pub(super) sent: Sent,
    parcel: Arc<dyn Parcel>,
    scope: Option<Arc<Frame>>,
}

impl Pending {
    pub(crate) fn new(sent: Sent, parcel: Arc<dyn Parcel>, scope: Option<Arc<Frame>>) -> Self {
        Self {
            sent,
            parcel,
            scope,
        }
    }

    /// Those that wait, by phase and in order.
    fn receivers(&self) -> impl Iterator<Item = &'static ReceiverInfo> {
        due(&*self.parcel, self.scope.as_deref()).map(|(_, receiver)| receiver)
    }

    pub(super) fn waiting_for_commit(&self) -> usize {
        let receivers = self.receivers();
        receivers
            .filter(|receiver| receiver.phase() == Phase::AfterCommit)
            .count()
    }
}

/// Calls the receivers of this phase, each in the scope that its signal was sent in and all of them
/// in this transaction.
pub(super) fn deliver(
    pending: Vec<Pending>,
    phase: Phase,
    transaction: Option<&Arc<Node>>,
) -> Report {
    let mut report = Report::of_delivered(0);
    // Before any receiver is called, which may send to the background, too.
    #[cfg(feature = "tokio")]
    for Pending { parcel, scope, .. } in &pending {
        report.add(dispatch::hand_over(parcel, phase, scope.as_ref()));
    }
    for pending in pending {
        let ambient = Ambient {
            scope: pending.scope.clone(),
            transaction: transaction.cloned(),
            #[cfg(feature = "tokio")]
            is_background: Ambient::is_background(),
        };
        let _entered = ambient.enter();
        report.add(dispatch::deliver(&pending.parcel, phase, pending.scope));
        guard_user_code(|| drop(pending.parcel));
    }
    report
}

/// Tells what will not be delivered.
pub(super) fn abandon(pending: Vec<Pending>) -> Vec<Abandoned> {
    let abandoned = pending.into_iter().filter_map(|pending| {
        let receivers: Vec<_> = pending.receivers().collect();
        let abandoned = Abandoned {
            signal: receivers.first()?.signal(),
            sender: pending.parcel.sender_in_passing(),
            receivers,
        };
        abandoned.log();
        guard_user_code(|| drop(pending.parcel));
        Some(abandoned)
    });
    abandoned.collect()
}

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

    fn log(&self) {
        #[cfg(feature = "tracing")]
        quietly(|| {
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

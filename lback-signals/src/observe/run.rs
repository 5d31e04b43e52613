//! An observed run of a receiver.

use std::fmt;
use std::time::Duration;

#[cfg(feature = "durable")]
use uuid::Uuid;

use crate::info::ReceiverInfo;
use crate::report::{DispatchId, FailureKind};

/// The run of a receiver that has ended, as an [`Observer`](super::Observer) gets it.
pub struct ReceiverRun<'r> {
    pub(super) dispatch: DispatchId,
    pub(super) receiver: &'static ReceiverInfo,
    pub(super) outcome: RunOutcome<'r>,
    pub(super) duration: Duration,
    #[cfg(feature = "durable")]
    pub(super) attempt: Option<DeliveryAttempt>,
}

/// How a receiver ended.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub enum RunOutcome<'r> {
    /// It returned.
    Succeeded,
    /// It was not called: one of its parameters rejected the signal, it is muted or disabled, or its program does not
    /// know the stored name of the signal.
    Skipped,
    /// It failed, panicked or was refused.
    Failed(&'r FailureKind),
    /// Its future was dropped before it ended, or its worker is draining and gives the delivery back.
    Cancelled,
    /// Another worker has claimed its delivery meanwhile, so that it runs again and its result is discarded.
    #[cfg(feature = "durable")]
    LeaseLost,
}

/// The delivery and the number of an attempt of a durable receiver.
#[cfg(feature = "durable")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct DeliveryAttempt {
    /// The id of the signal.
    pub id: Uuid,
    /// The number of the attempt, beginning with 1.
    pub attempt: u32,
}

impl<'r> ReceiverRun<'r> {
    /// Returns the number of the dispatch. The attempt of a durable receiver has a separate number, since the signal
    /// may have been sent by another process.
    #[must_use]
    pub fn dispatch(&self) -> DispatchId {
        self.dispatch
    }

    /// Returns the metadata of the receiver, with its signal and its phase.
    #[must_use]
    pub fn receiver(&self) -> &'static ReceiverInfo {
        self.receiver
    }

    /// Returns how the receiver ended.
    #[must_use]
    pub fn outcome(&self) -> RunOutcome<'r> {
        self.outcome
    }

    /// Returns the time from the call of the receiver to its end, or of its first poll. Zero if it was not called.
    #[must_use]
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Returns the attempt of a durable receiver. `None` for any other.
    #[cfg(feature = "durable")]
    #[must_use]
    pub fn attempt(&self) -> Option<DeliveryAttempt> {
        self.attempt
    }
}

impl RunOutcome<'_> {
    /// Returns the outcome as a word for logs and labels: `succeeded`, `skipped`, `failed`, `cancelled` or
    /// `lease_lost`.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Skipped => "skipped",
            Self::Failed(_) => "failed",
            Self::Cancelled => "cancelled",
            #[cfg(feature = "durable")]
            Self::LeaseLost => "lease_lost",
        }
    }
}

/// Without the text of an error, which may contain values.
impl fmt::Debug for RunOutcome<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(kind) => f.debug_tuple("Failed").field(&kind.name()).finish(),
            _ => f.write_str(self.name()),
        }
    }
}

impl fmt::Debug for ReceiverRun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceiverRun")
            .field("dispatch", &self.dispatch)
            .field("receiver", &self.receiver.id())
            .field("outcome", &self.outcome)
            .field("duration", &self.duration)
            .finish_non_exhaustive()
    }
}

//! Refusals of the background queue.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Error of a receiver that the background queue did not accept.
///
/// Reports contain it as [`FailureKind::Refused`](crate::FailureKind::Refused).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refused {
    /// The queue is full, and the sender could not wait for a free slot or is configured not to.
    #[non_exhaustive]
    QueueFull {
        /// The maximum number of queued receivers.
        capacity: usize,
    },
    /// The sender waited for a free slot, and no receiver ended within
    /// [`Settings::with_stall_timeout`](crate::background::Settings::with_stall_timeout).
    #[non_exhaustive]
    Stalled {
        /// The time during which no receiver ended.
        timeout: Duration,
    },
    /// [`drain`](crate::background::drain) had been called before.
    Drained,
    /// The runtime set by [`use_handle`](crate::background::use_handle) had been shut down.
    RuntimeGone,
    /// The dedicated runtime could not be started, for this reason. The next receiver that is queued
    /// tries again.
    NoRuntime(Arc<io::Error>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueFull { capacity } => {
                write!(
                    f,
                    "the background queue is full with {capacity} queued receivers: raise \
                     its capacity (`Settings::with_capacity`), or set `Overflow::Wait`"
                )
            }
            Self::Stalled { timeout } => write!(
                f,
                "the background queue is full, and no receiver has ended for {timeout:?}: one may wait for \
                 this sender; see `Settings::with_stall_timeout`",
            ),
            Self::Drained => {
                f.write_str("the background queue has been drained: send before `drain`")
            }
            Self::RuntimeGone => f.write_str(
                "the background runtime has been shut down: drain the queue before the shutdown",
            ),
            Self::NoRuntime(error) => {
                write!(f, "the background runtime could not be started: {error}")
            }
        }
    }
}

/// `Display` includes the reason, so there is no source.
impl Error for Refused {}

//! Why something is not done in the background.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Why a receiver was not put in the background's queue, as
/// [`FailureKind::Refused`](crate::FailureKind::Refused).
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Refused {
    /// As many wait as may, and the sender could not, or was not to, wait for a place.
    #[non_exhaustive]
    QueueFull {
        /// How many may wait.
        capacity: usize,
    },
    /// The sender waited for a place, and no receiver came to its end for
    /// [`Settings::stall_timeout`](super::Settings::stall_timeout).
    #[non_exhaustive]
    Stalled {
        /// How long none did, at least.
        timeout: Duration,
    },
    /// [`drain`](super::drain) had been called before.
    Drained,
    /// The runtime that was given with [`use_handle`](super::use_handle) had been shut down.
    RuntimeGone,
    /// The background's own runtime could not be started, for this reason. The next one that is
    /// handed over tries again.
    NoRuntime(Arc<io::Error>),
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::QueueFull { capacity } => {
                write!(f, "{capacity} receivers wait in the background already")
            }
            Self::Stalled { timeout } => write!(
                f,
                "the background's queue is full, and no receiver has ended for {timeout:?}: one may wait for \
                 this sender; see `Settings::stall_timeout`",
            ),
            Self::Drained => f.write_str("the background has been drained"),
            Self::RuntimeGone => f.write_str("the background's runtime has been shut down"),
            Self::NoRuntime(error) => {
                write!(f, "the background's runtime could not be started: {error}")
            }
        }
    }
}

/// The reason is part of the text.
impl Error for Refused {}

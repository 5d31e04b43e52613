//! The phase in which a receiver runs.

use std::fmt;

/// The phase in which a receiver runs.
///
/// The attribute and the `async` keyword of a receiver determine its phase. Ordering options apply
/// within a phase.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// The default: called during `send`, one receiver after the other.
    Now,
    /// `async fn`: awaited during `send_async`, concurrently with the others of this phase.
    Concurrent,
    /// `background`: queued during `send`, and run by the background runtime.
    ///
    /// A background receiver that also waits for the end of a transaction has the phase
    /// [`AfterCommit`](Self::AfterCommit) or [`AfterRollback`](Self::AfterRollback), and
    /// [`is_background`](crate::ReceiverInfo::is_background) returns `true` for it.
    Background,
    /// `after_commit`: runs when the outermost [`Transaction`](crate::Transaction) has committed, or at
    /// the end of `send` if there is no transaction.
    AfterCommit,
    /// `after_rollback`: runs when the transaction or one around it has rolled back, and never if
    /// there is no transaction.
    AfterRollback,
    /// `durable(…)`: stored in the sender's database transaction, and run by a worker after its commit, at least
    /// once.
    Durable,
}

impl Phase {
    /// Returns the option or keyword that selects the phase. `None` for [`Now`](Self::Now).
    pub(crate) fn option(self) -> Option<&'static str> {
        match self {
            Self::Now => None,
            Self::Concurrent => Some("async"),
            Self::Background => Some("background"),
            Self::AfterCommit => Some("after_commit"),
            Self::AfterRollback => Some("after_rollback"),
            Self::Durable => Some("durable"),
        }
    }

    /// Returns the phase as a word: `now`, `async`, `background`, `after_commit`, `after_rollback` or `durable`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.option().unwrap_or("now")
    }

    /// Formats when and where a receiver runs: `after_commit, background, async`. `None` for the default.
    pub(crate) fn timing(self, is_background: bool, is_async: bool) -> Option<String> {
        let options = [
            self.option(),
            (is_background && self != Self::Background).then_some("background"),
            (is_async && self != Self::Concurrent).then_some("async"),
        ];
        let options: Vec<_> = options.into_iter().flatten().collect();
        (!options.is_empty()).then(|| options.join(", "))
    }

    /// Returns whether receivers of this phase have ended when `send` returns.
    pub(crate) fn is_awaited(self) -> bool {
        matches!(self, Self::Now | Self::Concurrent)
    }
}

/// Writes the [`name`](Phase::name).
impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

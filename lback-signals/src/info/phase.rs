//! When a receiver runs.

use std::fmt;

/// When a receiver runs, as its attribute and its `fn` say.
///
/// The receivers of a phase keep their order; the phases follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Inside `send`, one after the other, which is the default.
    Now,
    /// An `async fn`: inside `send_async().await`, all of this phase at the same time.
    Concurrent,
    /// `background`: handed over inside `send`, and run when its turn comes. One that waits for the
    /// end of a transaction first is of the phase of that, and
    /// [in the background](crate::ReceiverInfo::is_background) from then on.
    Background,
    /// `after_commit`: when the outermost [`Transaction`](crate::Transaction) has committed; where
    /// there is none, at the end of `send`.
    AfterCommit,
    /// `after_rollback`: when the transaction, or one around it, has rolled back; where there is
    /// none, never.
    AfterRollback,
}

impl Phase {
    /// What a receiver says to be of it; nothing for [`Now`](Self::Now).
    pub(crate) fn option(self) -> Option<&'static str> {
        match self {
            Self::Now => None,
            Self::Concurrent => Some("async"),
            Self::Background => Some("background"),
            Self::AfterCommit => Some("after_commit"),
            Self::AfterRollback => Some("after_rollback"),
        }
    }

    /// All that a receiver says of when and where it runs: `after_commit, background, async`.
    pub(crate) fn timing(self, is_background: bool, is_async: bool) -> Option<String> {
        let options = [
            self.option(),
            (is_background && self != Self::Background).then_some("background"),
            (is_async && self != Self::Concurrent).then_some("async"),
        ];
        let options: Vec<_> = options.into_iter().flatten().collect();
        (!options.is_empty()).then(|| options.join(", "))
    }

    /// Whether it is over when `send` returns.
    pub(crate) fn is_awaited(self) -> bool {
        matches!(self, Self::Now | Self::Concurrent)
    }
}

/// `now`, `async`, `background`, `after_commit` or `after_rollback`.
impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.option().unwrap_or("now"))
    }
}

//! When a receiver runs.

use std::fmt;

/// When a receiver runs, as its attribute says.
///
/// The receivers of a phase keep their order; the phases follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Inside `send`, which is the default.
    Now,
    /// `after_commit`: when the outermost [`Transaction`](crate::Transaction) has committed; where
    /// there is none, at the end of `send`.
    AfterCommit,
    /// `after_rollback`: when the transaction, or one around it, has rolled back; where there is
    /// none, never.
    AfterRollback,
}

impl Phase {
    /// The option of the attribute that asks for it; nothing for [`Now`](Self::Now).
    pub(crate) fn option(self) -> Option<&'static str> {
        match self {
            Self::Now => None,
            Self::AfterCommit => Some("after_commit"),
            Self::AfterRollback => Some("after_rollback"),
        }
    }
}

/// `now`, `after_commit` or `after_rollback`.
impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.option().unwrap_or("now"))
    }
}

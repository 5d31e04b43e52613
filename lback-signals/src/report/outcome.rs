//! The outcome of one call of a receiver.

use super::failure::{BoxError, FailureKind};

/// The result of one call of a receiver, with its reply of type `R`.
///
/// It is returned in two registers, of which the fast path reads only one.
pub type Outcome<R = ()> = Result<R, Exception>;

/// Why a call of a receiver returned no reply.
#[derive(Debug)]
pub enum Exception {
    /// One of its parameters rejected the signal.
    Skipped,
    /// It ran without a reply: a closure cannot reply if the signal's reply type borrows from the signal.
    Unanswered,
    /// It answered an `ask`, so no other receiver is asked.
    Answered,
    /// The receiver or one of its parameters failed.
    Failed(Box<FailureKind>),
}

impl Exception {
    #[cold]
    pub(crate) fn failed(kind: FailureKind) -> Self {
        Self::Failed(Box::new(kind))
    }

    #[cold]
    pub(crate) fn error(error: BoxError) -> Self {
        Self::failed(FailureKind::Error(error))
    }
}

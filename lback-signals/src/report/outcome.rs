//! The outcome of one call of a receiver.

use super::failure::{BoxError, FailureKind};

/// What a call of a receiver came to. It is returned in two registers, of which the good path
/// looks at one.
///
/// `R` is what the receiver answers, of which the dispatch itself knows nothing.
pub type Outcome<R = ()> = Result<R, Exception>;

/// Why a receiver did not do its work.
#[derive(Debug)]
pub enum Exception {
    /// One of its parameters asked to pass it over.
    Skipped,
    /// It has done its work, and has no answer to give: a closure whose signal's reply borrows.
    Unanswered,
    /// It was asked and has answered: no other receiver is asked.
    Answered,
    /// It, or one of its parameters, failed.
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

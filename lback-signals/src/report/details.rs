//! The rare parts of a report: failures, replies and receivers that were not asked.

use super::ReplyOf;
use super::dispatch_id::DispatchId;
use super::failure::{Failure, FailureKind};
use crate::info::ReceiverInfo;
use crate::unwind::drop_guarded;
use std::mem;

/// The rare parts of a report, on the heap. Most reports have none, and then this is one null pointer in
/// a register.
pub(super) struct Details<R>(pub(super) Option<Box<Contents<R>>>);

pub(super) struct Contents<R> {
    pub(super) failures: Vec<Failure>,
    /// Whether a failure ended a strict dispatch.
    pub(super) is_vetoed: bool,
    pub(super) replies: Vec<ReplyOf<R>>,
    /// The receivers that were not asked because an earlier one answered.
    pub(super) unasked: Vec<&'static ReceiverInfo>,
    /// The number of the dispatch, if it is observed.
    pub(super) dispatch: Option<DispatchId>,
}

// Not derived, since the derive would require `R: Default`.
impl<R> Default for Contents<R> {
    fn default() -> Self {
        Self {
            failures: Vec::new(),
            is_vetoed: false,
            replies: Vec::new(),
            unasked: Vec::new(),
            dispatch: None,
        }
    }
}

impl<R> Details<R> {
    pub(super) fn new(failures: Vec<Failure>, replies: Vec<ReplyOf<R>>) -> Self {
        let is_empty = failures.is_empty() && replies.is_empty();
        Self((!is_empty).then(|| {
            Box::new(Contents {
                failures,
                replies,
                ..Contents::default()
            })
        }))
    }

    pub(super) fn contents(&mut self) -> &mut Contents<R> {
        self.0.get_or_insert_default()
    }

    #[inline]
    pub(super) fn is_vetoed(&self) -> bool {
        let Self(contents) = self;
        contents.as_ref().is_some_and(|contents| contents.is_vetoed)
    }

    /// Returns whether a recursion is among the failures. Out of line, so that the check for contents can be inlined.
    #[inline]
    pub(super) fn is_stopped(&self) -> bool {
        #[cold]
        #[inline(never)]
        fn is_stopped<R>(contents: &Contents<R>) -> bool {
            let mut failures = contents.failures.iter();
            failures.any(|failure| matches!(failure.kind(), FailureKind::Recursion(_)))
        }

        let Self(contents) = self;
        contents.as_deref().is_some_and(is_stopped)
    }

    #[inline]
    pub(super) fn dispatch(&self) -> Option<DispatchId> {
        self.0.as_ref().and_then(|contents| contents.dispatch)
    }

    pub(super) fn take_failures(&mut self) -> Vec<Failure> {
        let failures = self.0.as_mut().map(|contents| &mut contents.failures);
        failures.map(mem::take).unwrap_or_default()
    }

    pub(super) fn take_unasked(&mut self) -> Vec<&'static ReceiverInfo> {
        let unasked = self.0.as_mut().map(|contents| &mut contents.unasked);
        unasked.map(mem::take).unwrap_or_default()
    }

    pub(super) fn take_replies(&mut self) -> Vec<ReplyOf<R>> {
        let replies = self.0.as_mut().map(|contents| &mut contents.replies);
        replies.map(mem::take).unwrap_or_default()
    }
}

impl<R> Drop for Details<R> {
    /// Drops the contents out of line, so that the check for them can be inlined.
    #[inline]
    fn drop(&mut self) {
        #[expect(clippy::boxed_local, reason = "the box is opened here, out of line")]
        #[cold]
        #[inline(never)]
        fn drop_contents<R>(contents: Box<Contents<R>>) {
            // The `Drop` of a reply may panic, and the others must be dropped all the same.
            contents.replies.into_iter().for_each(drop_guarded);
        }

        if let Some(contents) = self.0.take() {
            drop_contents(contents);
        }
    }
}

//! The result of `ask`.

use super::Report;
use super::failure::Failure;
use crate::info::ReceiverInfo;
use std::fmt;

/// The result of [`Signal::ask`](crate::Signal::ask): the first answer, the receiver that gave it, and
/// the receivers that were not asked.
///
/// ```
/// use lback_signals::{Signal, receiver, signal};
///
/// #[signal(reply = Option<u32>)]
/// struct FindingPrice<'a> {
///     article: &'a str,
/// }
///
/// #[receiver(signal = FindingPrice)]
/// fn in_cache(event: &FindingPrice<'_>) -> Option<u32> {
///     (event.article == "pencil").then_some(120)
/// }
///
/// #[receiver(signal = FindingPrice, after(in_cache))]
/// fn in_database(_: &FindingPrice<'_>) -> Result<Option<u32>, &'static str> {
///     Err("no connection")
/// }
///
/// let answer = FindingPrice { article: "pencil" }.ask();
/// assert_eq!(answer.value(), Some(&120));
/// assert_eq!(answer.receiver().unwrap().name(), "in_cache");
/// assert_eq!(answer.unasked()[0].name(), "in_database");
///
/// let answer = FindingPrice { article: "rubber" }.ask();
/// assert_eq!(answer.value(), None);
/// assert_eq!(answer.failures()[0].receiver().name(), "in_database");
/// ```
#[must_use = "the answer is lost unless it is read"]
pub struct Answer<T> {
    report: Report<Option<T>>,
}

impl<T> Answer<T> {
    pub(crate) fn of(report: Report<Option<T>>) -> Self {
        Self { report }
    }

    /// Returns the answer, or `None` if no receiver answered.
    #[must_use]
    pub fn value(&self) -> Option<&T> {
        self.report.replies().next()?.1.as_ref()
    }

    /// Returns the answer by value, or `None` if no receiver answered.
    #[must_use]
    pub fn into_value(self) -> Option<T> {
        self.report.into_replies().next()?.1
    }

    /// Returns the receiver that answered, if one did.
    #[must_use]
    pub fn receiver(&self) -> Option<&'static ReceiverInfo> {
        self.report.replies().next().map(|(receiver, _)| receiver)
    }

    /// Returns the receivers that were not asked because an earlier one answered, in their order.
    ///
    /// Receivers that a [`Scope`](crate::Scope) mutes are not included.
    #[must_use]
    pub fn unasked(&self) -> &[&'static ReceiverInfo] {
        self.report.unasked()
    }

    /// Returns the number of receivers that were asked and did not fail, including the one that answered.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.report.delivered()
    }

    /// Returns the number of receivers before the answer that were skipped, as in
    /// [`Report::skipped`](crate::Report::skipped).
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.report.skipped()
    }

    /// Returns the failures of receivers before the answer, in their order.
    ///
    /// They are also logged and passed to the hook, like those of [`send`](crate::Signal::send).
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        self.report.failures()
    }

    /// Returns whether no receiver failed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.report.is_ok()
    }
}

impl<T> fmt::Debug for Answer<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let receiver = self.receiver().map(ReceiverInfo::id);
        f.debug_struct("Answer")
            .field("receiver", &receiver)
            .field("unasked", &self.unasked().len())
            .field("failures", &self.failures())
            .finish_non_exhaustive()
    }
}

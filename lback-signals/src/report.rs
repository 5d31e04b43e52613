//! Results of dispatches, and the announcement of failures.

mod answer;
#[cfg(feature = "durable")]
mod delivery_error;
mod details;
mod dispatch_id;
mod failure;
mod hook;
mod missing;
mod mode;
mod outcome;
#[cfg(feature = "tokio")]
mod refused;
mod rejection;

use std::error::Error;
use std::fmt;

pub use self::answer::Answer;
#[cfg(feature = "durable")]
pub use self::delivery_error::DeliveryError;
#[cfg(feature = "durable")]
pub(crate) use self::delivery_error::{Retry, retry_of};
use self::details::Details;
pub use self::dispatch_id::DispatchId;
pub(crate) use self::failure::message_of;
pub use self::failure::{BoxError, Failure, FailureKind};
pub(crate) use self::hook::guard_user_code;
pub use self::hook::on_failure;
pub use self::missing::MissingResource;
pub use self::mode::{Mode, Until};
pub use self::outcome::{Exception, Outcome};
#[cfg(feature = "tokio")]
pub use self::refused::Refused;
pub use self::rejection::Rejection;
use crate::info::ReceiverInfo;
use crate::recursion;

/// The result of one dispatch: how many receivers ran, and which of them failed.
///
/// A report may be dropped without a look at it, because failures have already been logged and passed
/// to the [`on_failure`] hook.
///
/// ```
/// # use lback_signals::{Signal, receiver, signal};
/// #[signal]
/// struct Started;
///
/// #[receiver(signal = Started)]
/// fn hello(_: &Started) {}
///
/// let report = Started.send();
/// assert!(report.is_ok());
/// assert_eq!((report.delivered(), report.skipped()), (1, 0));
/// ```
pub struct Report<R = ()> {
    delivered: usize,
    skipped: usize,
    deferred: usize,
    details: Details<R>,
}

/// A reply, and the receiver that gave it.
pub(crate) type ReplyOf<R> = (&'static ReceiverInfo, R);

impl Report {
    pub(crate) fn new(delivered: usize, skipped: usize, failures: Vec<Failure>) -> Self {
        Self {
            delivered,
            skipped,
            deferred: 0,
            details: Details::new(failures, Vec::new()),
        }
    }

    /// Adds the results of receivers that ran after the dispatch.
    pub(crate) fn add(&mut self, mut later: Self) {
        self.delivered += later.delivered;
        self.skipped += later.skipped;
        self.deferred += later.deferred;
        if later.details.0.is_none() {
            return;
        }
        self.add_unasked(later.details.take_unasked());
        let failures = later.details.take_failures();
        if !failures.is_empty() {
            self.details.contents().failures.extend(failures);
        }
    }

    /// Adds receivers that were not asked because an earlier one answered.
    pub(crate) fn add_unasked(&mut self, receivers: Vec<&'static ReceiverInfo>) {
        if !receivers.is_empty() {
            self.details.contents().unasked.extend(receivers);
        }
    }

    /// Marks the report of a strict dispatch as vetoed if it has a failure. Failures that are added later
    /// do not veto.
    pub(crate) fn vetoed(mut self) -> Self {
        if let Some(contents) = &mut self.details.0 {
            contents.is_vetoed = !contents.failures.is_empty();
        }
        self
    }

    pub(crate) fn is_vetoed(&self) -> bool {
        self.details.is_vetoed()
    }

    /// Like [`vetoed`](Self::vetoed), for several failures: the sender gets the first one, and the others
    /// are announced.
    pub(crate) fn vetoed_by_first(self) -> Self {
        // Only the outermost dispatch announces a recursion.
        let is_nested = recursion::is_stopped();
        let is_announced =
            |it: &&Failure| !is_nested || !matches!(it.kind(), FailureKind::Recursion(_));
        let others = self.failures().iter().skip(1).filter(is_announced);
        others.for_each(Failure::announce);
        self.vetoed()
    }

    /// Sorts the failures into the order of the receivers, since `async fn`s may end in another order.
    pub(crate) fn sort_failures_by_key<K: Ord>(
        &mut self,
        key: impl Fn(&'static ReceiverInfo) -> K,
    ) {
        if let Some(contents) = &mut self.details.0 {
            let failures = &mut contents.failures;
            failures.sort_by_key(|failure| key(failure.receiver()));
        }
    }

    /// Returns whether the dispatch was stopped by a recursion.
    #[inline]
    pub(crate) fn is_stopped(&self) -> bool {
        self.details.is_stopped()
    }

    /// Returns the number of the dispatch, if it is observed.
    #[inline]
    pub(crate) fn dispatch_id(&self) -> Option<DispatchId> {
        self.details.dispatch()
    }

    pub(crate) fn set_dispatch_id(&mut self, id: Option<DispatchId>) {
        if id.is_some() {
            self.details.contents().dispatch = id;
        }
    }

    pub(crate) fn add_delivered(&mut self, receivers: usize) {
        self.delivered += receivers;
    }

    pub(crate) fn add_skipped(&mut self, receivers: usize) {
        self.skipped += receivers;
    }

    pub(crate) fn add_deferred(&mut self, receivers: usize) {
        self.deferred += receivers;
    }

    /// Adds a receiver that was submitted to the background queue, or its refusal.
    #[cfg(feature = "tokio")]
    pub(crate) fn add_handed_over(&mut self, outcome: Result<(), Self>) {
        match outcome {
            Ok(()) => self.add_deferred(1),
            Err(refused) => self.add(refused),
        }
    }

    pub(crate) fn with_replies<R>(mut self, replies: Vec<ReplyOf<R>>) -> Report<R> {
        let is_vetoed = self.is_vetoed();
        let dispatch = self.details.dispatch();
        let unasked = self.details.take_unasked();
        let mut details = Details::new(self.details.take_failures(), replies);
        if !unasked.is_empty() {
            details.contents().unasked = unasked;
        }
        if let Some(contents) = &mut details.0 {
            contents.is_vetoed = is_vetoed;
            contents.dispatch = dispatch;
        }
        Report {
            delivered: self.delivered,
            skipped: self.skipped,
            deferred: self.deferred,
            details,
        }
    }
}

impl<R> Report<R> {
    #[inline]
    pub(crate) const fn of_delivered(delivered: usize) -> Self {
        Self {
            delivered,
            skipped: 0,
            deferred: 0,
            details: Details(None),
        }
    }

    /// Returns the number of receivers that ran without a failure.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.delivered
    }

    /// Returns the number of receivers that were skipped.
    ///
    /// A receiver is skipped if one of its parameters [rejects](Rejection::skip) the signal, if a
    /// [`Scope`](crate::Scope) mutes it or if it is [disabled](crate::disable).
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// Returns the number of receivers that run later: they wait for the surrounding
    /// [`Transaction`](crate::Transaction) to commit, are queued in the background, or are durable and will get the
    /// signal from an outbox.
    #[must_use]
    pub fn deferred(&self) -> usize {
        self.deferred
    }

    /// Returns the failures, in the order of the receivers.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        match &self.details.0 {
            None => &[],
            Some(contents) => &contents.failures,
        }
    }

    /// Returns whether no receiver failed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failures().is_empty()
    }

    /// Returns the replies to a signal with `reply = R`, in the order of the receivers.
    ///
    /// Receivers that were skipped or failed have no reply.
    ///
    /// ```
    /// use lback_signals::{Signal, receiver, signal};
    ///
    /// #[signal(reply = u32)]
    /// struct Quoting {
    ///     kilometres: u32,
    /// }
    ///
    /// #[receiver(signal = Quoting)]
    /// fn by_train(event: &Quoting) -> u32 {
    ///     500 + 12 * event.kilometres
    /// }
    ///
    /// #[receiver(signal = Quoting)]
    /// fn on_foot(event: &Quoting) -> Result<u32, &'static str> {
    ///     if event.kilometres < 20 { Ok(0) } else { Err("too far") }
    /// }
    ///
    /// let report = Quoting { kilometres: 100 }.send();
    /// let quotes: Vec<_> = report.replies().map(|(by, cents)| (by.name(), *cents)).collect();
    /// assert_eq!(quotes, [("by_train", 1_700)]);
    /// assert_eq!(report.failures()[0].receiver().name(), "on_foot");
    /// ```
    #[must_use]
    pub fn replies(&self) -> impl ExactSizeIterator<Item = (&'static ReceiverInfo, &R)> {
        let replies = match &self.details.0 {
            None => &[][..],
            Some(contents) => &contents.replies,
        };
        replies.iter().map(|(receiver, reply)| (*receiver, reply))
    }

    /// Returns the [`replies`](Self::replies) by value.
    #[must_use]
    pub fn into_replies(mut self) -> impl ExactSizeIterator<Item = (&'static ReceiverInfo, R)> {
        self.details.take_replies().into_iter()
    }

    pub(crate) fn unasked(&self) -> &[&'static ReceiverInfo] {
        match &self.details.0 {
            None => &[],
            Some(contents) => &contents.unasked,
        }
    }

    /// Converts the report into a `Result`, for use with `?`.
    ///
    /// # Errors
    ///
    /// Returns a [`DispatchError`] with all failures if a receiver failed. The replies are dropped then.
    pub fn into_result(mut self) -> Result<Self, DispatchError> {
        if self.is_ok() {
            return Ok(self);
        }
        let failures = self.details.take_failures();
        Err(DispatchError { failures })
    }

    /// Converts the report of a strict dispatch, which ended at its first failure.
    #[inline]
    pub(crate) fn into_first_failure(mut self) -> Result<Self, Failure> {
        if !self.details.is_vetoed() {
            return Ok(self);
        }
        Err(self.details.take_failures().swap_remove(0))
    }
}

impl<R> fmt::Debug for Report<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("delivered", &self.delivered)
            .field("skipped", &self.skipped)
            .field("deferred", &self.deferred)
            .field("failures", &self.failures())
            .finish_non_exhaustive()
    }
}

/// Error returned by [`Report::into_result`]: one or more receivers failed.
#[derive(Debug)]
pub struct DispatchError {
    failures: Vec<Failure>,
}

impl DispatchError {
    /// Returns the failures, in the order of the receivers. There is at least one.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        &self.failures
    }
}

impl fmt::Display for DispatchError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, failure) in self.failures.iter().enumerate() {
            if index > 0 {
                f.write_str("; ")?;
            }
            write!(f, "{failure}")?;
        }
        Ok(())
    }
}

/// `Display` includes all failures, so there is no source. [`failures`](Self::failures) gives access to
/// their errors.
impl Error for DispatchError {}

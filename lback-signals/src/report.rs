//! What a dispatch came to: results without behaviour, and who is told of failures.

mod answer;
mod details;
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
use self::details::Details;
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

/// What one dispatch came to: how many receivers it reached, and which of them failed.
///
/// It may be dropped: failures have been logged and given to the hook already.
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

/// What a receiver answered.
pub(crate) type Reply<R> = (&'static ReceiverInfo, R);

impl Report {
    pub(crate) fn new(delivered: usize, skipped: usize, failures: Vec<Failure>) -> Self {
        Self {
            delivered,
            skipped,
            deferred: 0,
            details: Details::new(failures, Vec::new()),
        }
    }

    /// Adds what receivers that ran later came to.
    pub(crate) fn add(&mut self, mut later: Self) {
        self.delivered += later.delivered;
        self.skipped += later.skipped;
        self.deferred += later.deferred;
        self.add_unasked(later.details.take_unasked());
        let failures = later.details.take_failures();
        if !failures.is_empty() {
            self.details.contents().failures.extend(failures);
        }
    }

    /// Adds receivers that were not asked, since another had answered.
    pub(crate) fn add_unasked(&mut self, receivers: Vec<&'static ReceiverInfo>) {
        if !receivers.is_empty() {
            self.details.contents().unasked.extend(receivers);
        }
    }

    /// Marks a strict dispatch as ended by its failure, if it has one. What fails later vetoes
    /// nothing.
    pub(crate) fn vetoed(mut self) -> Self {
        if let Some(contents) = &mut self.details.0 {
            contents.is_vetoed = !contents.failures.is_empty();
        }
        self
    }

    pub(crate) fn is_vetoed(&self) -> bool {
        self.details.is_vetoed()
    }

    /// The same, where several have failed: the one that is returned is the first of them, and the
    /// others are told of like any failure.
    pub(crate) fn vetoed_once(self) -> Self {
        // The outermost dispatch of a recursion reports it.
        let is_inner = recursion::is_stopped();
        let is_news = |it: &&Failure| !is_inner || !matches!(it.kind(), FailureKind::Recursion(_));
        let others = self.failures().iter().skip(1).filter(is_news);
        others.for_each(Failure::announce);
        self.vetoed()
    }

    /// Brings them in the order of the receivers, if they came in another.
    pub(crate) fn sort_failures_by_key<K: Ord>(
        &mut self,
        key: impl Fn(&'static ReceiverInfo) -> K,
    ) {
        if let Some(contents) = &mut self.details.0 {
            let failures = &mut contents.failures;
            failures.sort_by_key(|failure| key(failure.receiver()));
        }
    }

    /// Whether it was ended since signals were sent too deep.
    pub(crate) fn is_stopped(&self) -> bool {
        let mut failures = self.failures().iter();
        failures.any(|failure| matches!(failure.kind(), FailureKind::Recursion(_)))
    }

    pub(crate) fn add_skipped(&mut self, receivers: usize) {
        self.skipped += receivers;
    }

    pub(crate) fn add_deferred(&mut self, receivers: usize) {
        self.deferred += receivers;
    }

    /// Adds a receiver that was handed to the background, or how it failed to be.
    #[cfg(feature = "tokio")]
    pub(crate) fn add_handed_over(&mut self, outcome: Result<(), Self>) {
        match outcome {
            Ok(()) => self.add_deferred(1),
            Err(refused) => self.add(refused),
        }
    }

    pub(crate) fn with_replies<R>(mut self, replies: Vec<Reply<R>>) -> Report<R> {
        let is_vetoed = self.is_vetoed();
        let unasked = self.details.take_unasked();
        let mut details = Details::new(self.details.take_failures(), replies);
        if !unasked.is_empty() {
            details.contents().unasked = unasked;
        }
        if let Some(contents) = &mut details.0 {
            contents.is_vetoed = is_vetoed;
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

    /// How many receivers did their work.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.delivered
    }

    /// How many receivers were passed over because one of their parameters asked for it, or a
    /// [`Scope`](crate::Scope) mutes them, or they are [disabled](crate::disable).
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// How many receivers wait for the [`Transaction`](crate::Transaction) around them to commit, or
    /// have been handed to the background.
    #[must_use]
    pub fn deferred(&self) -> usize {
        self.deferred
    }

    /// The failures, in the order of the receivers.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        match &self.details.0 {
            None => &[],
            Some(contents) => &contents.failures,
        }
    }

    /// Whether no receiver failed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failures().is_empty()
    }

    /// What the receivers of a signal with `reply = R` answered, in their order. One that was
    /// skipped or failed has not answered.
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

    /// The same answers, for keeps.
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

    /// The report as a `Result`, for `?`.
    ///
    /// # Errors
    ///
    /// All failures together, if there are any. The replies are lost then.
    pub fn into_result(mut self) -> Result<Self, DispatchError> {
        if self.is_ok() {
            return Ok(self);
        }
        let failures = self.details.take_failures();
        Err(DispatchError { failures })
    }

    /// The report of a strict dispatch, which ended at its first failure.
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

/// One or more receivers of a signal failed.
#[derive(Debug)]
pub struct DispatchError {
    failures: Vec<Failure>,
}

impl DispatchError {
    /// The failures, in the order of the receivers; at least one.
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

/// The text holds all failures; their errors are reached through [`failures`](Self::failures).
impl Error for DispatchError {}

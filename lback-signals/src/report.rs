//! What a dispatch came to.

use std::error::Error;
use std::fmt;

use crate::failure::Failure;

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
pub struct Report {
    delivered: usize,
    skipped: usize,
    // One word, so that a report of what went well is made and dropped in registers.
    failures: Option<Box<Failures>>,
}

/// Never empty. A struct, so that its drop glue stays out of line.
struct Failures(Vec<Failure>);

impl Report {
    #[inline]
    pub(crate) const fn of_delivered(delivered: usize) -> Self {
        Self {
            delivered,
            skipped: 0,
            failures: None,
        }
    }

    pub(crate) fn new(delivered: usize, skipped: usize, failures: Vec<Failure>) -> Self {
        Self {
            delivered,
            skipped,
            failures: (!failures.is_empty()).then(|| Box::new(Failures(failures))),
        }
    }

    /// How many receivers did their work.
    #[must_use]
    pub fn delivered(&self) -> usize {
        self.delivered
    }

    /// How many receivers were passed over because one of their parameters asked for it.
    #[must_use]
    pub fn skipped(&self) -> usize {
        self.skipped
    }

    /// The failures, in the order of the receivers.
    #[must_use]
    pub fn failures(&self) -> &[Failure] {
        match &self.failures {
            None => &[],
            Some(failures) => &failures.0,
        }
    }

    /// Whether no receiver failed.
    #[must_use]
    pub fn is_ok(&self) -> bool {
        self.failures.is_none()
    }

    /// The report as a `Result`, for `?`.
    ///
    /// # Errors
    ///
    /// All failures together, if there are any.
    pub fn into_result(self) -> Result<Self, DispatchError> {
        match self.failures {
            None => Ok(self),
            Some(failures) => Err(DispatchError {
                failures: failures.0,
            }),
        }
    }

    /// The report of a strict dispatch, which ended at its first failure.
    #[inline]
    pub(crate) fn into_first_failure(self) -> Result<Self, Failure> {
        match self.failures {
            None => Ok(self),
            Some(mut failures) => Err(failures.0.swap_remove(0)),
        }
    }
}

impl fmt::Debug for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Report")
            .field("delivered", &self.delivered)
            .field("skipped", &self.skipped)
            .field("failures", &self.failures())
            .finish()
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

//! The error of a durable receiver, and whether its delivery is attempted again.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::failure::BoxError;

/// Error of a durable receiver, which says whether its delivery is attempted again.
///
/// Any error converts into it by `?`, and the delivery is attempted again after the receiver's backoff.
/// [`permanent`](Self::permanent) and [`retry_after`](Self::retry_after) choose otherwise.
///
/// Like `anyhow::Error`, it is not itself a [`std::error::Error`].
///
/// ```
/// use std::io;
/// use std::time::Duration;
///
/// use lback_signals::durable::DeliveryError;
///
/// fn upload(status: u16) -> Result<(), DeliveryError> {
///     match status {
///         200 => Ok(()),
///         422 => Err(DeliveryError::permanent("the file was refused")),
///         429 => Err(DeliveryError::retry_after("too many uploads", Duration::from_mins(1))),
///         _ => Err(io::Error::other("no answer"))?,
///     }
/// }
///
/// assert!(upload(200).is_ok());
/// assert!(upload(422).unwrap_err().is_permanent());
/// assert_eq!(upload(429).unwrap_err().delay(), Some(Duration::from_mins(1)));
/// assert_eq!(upload(500).unwrap_err().to_string(), "no answer");
/// ```
pub struct DeliveryError {
    error: BoxError,
    retry: Retry,
}

/// When a failed delivery is attempted again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Retry {
    /// After the delay of the receiver's backoff.
    Backoff,
    /// After this time.
    After(Duration),
    /// Never: the delivery is a dead letter.
    Never,
}

impl DeliveryError {
    /// Returns the error of a delivery that is not attempted again: it becomes a dead letter at once.
    #[must_use]
    pub fn permanent(error: impl Into<BoxError>) -> Self {
        Self {
            error: error.into(),
            retry: Retry::Never,
        }
    }

    /// Returns the error of a delivery that is attempted again after `delay`, instead of after the delay of the
    /// receiver's backoff. The attempt counts like any other.
    #[must_use]
    pub fn retry_after(error: impl Into<BoxError>, delay: Duration) -> Self {
        Self {
            error: error.into(),
            retry: Retry::After(delay),
        }
    }

    /// Returns whether the delivery is not attempted again.
    #[must_use]
    pub fn is_permanent(&self) -> bool {
        self.retry == Retry::Never
    }

    /// Returns the time after which the delivery is attempted again. `None` if the backoff decides, or if the
    /// error is permanent.
    #[must_use]
    pub fn delay(&self) -> Option<Duration> {
        match self.retry {
            Retry::After(delay) => Some(delay),
            Retry::Backoff | Retry::Never => None,
        }
    }

    /// Returns the receiver's own error.
    #[must_use]
    pub fn into_error(self) -> BoxError {
        self.error
    }

    /// Returns the error of a failure, from which [`retry_of`] reads the choice.
    pub(crate) fn into_failure(self) -> BoxError {
        match self.retry {
            Retry::Backoff => self.error,
            retry => Box::new(WithRetry {
                error: self.error,
                retry,
            }),
        }
    }
}

/// Any error, after which the delivery is attempted again.
impl<E: Into<BoxError>> From<E> for DeliveryError {
    fn from(error: E) -> Self {
        Self {
            error: error.into(),
            retry: Retry::Backoff,
        }
    }
}

/// Writes the receiver's own error.
impl fmt::Display for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

impl fmt::Debug for DeliveryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeliveryError")
            .field("error", &self.error)
            .field("retry", &self.retry)
            .finish()
    }
}

/// Returns when a delivery that failed with this error is attempted again.
pub(crate) fn retry_of(error: &BoxError) -> Retry {
    error
        .downcast_ref::<WithRetry>()
        .map_or(Retry::Backoff, |error| error.retry)
}

/// The error of a receiver that chose when its delivery is attempted again.
#[derive(Debug)]
struct WithRetry {
    error: BoxError,
    retry: Retry,
}

impl fmt::Display for WithRetry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.error, f)
    }
}

/// `Display` is that of the receiver's error, so `source` returns the source of that error.
impl Error for WithRetry {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.error.source()
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::{AddrParseError, SocketAddr};
    use std::str::FromStr;
    use std::time::Duration;

    use super::{BoxError, DeliveryError, Retry, retry_of};

    #[test]
    fn any_error_is_retried_and_stays_itself() {
        let error = DeliveryError::from(io::Error::other("no answer")).into_failure();
        assert_eq!(retry_of(&error), Retry::Backoff);
        assert!(error.downcast_ref::<io::Error>().is_some());
    }

    #[test]
    fn a_choice_is_found_in_the_failure() {
        let delay = Duration::from_secs(9);
        for (error, retry) in [
            (DeliveryError::permanent("refused"), Retry::Never),
            (
                DeliveryError::retry_after("refused", delay),
                Retry::After(delay),
            ),
        ] {
            let error: BoxError = error.into_failure();
            assert_eq!(retry_of(&error), retry);
            assert_eq!(error.to_string(), "refused");
        }
    }

    #[test]
    fn the_sources_are_kept() {
        let cause = SocketAddr::from_str("nowhere").unwrap_err();
        let error = DeliveryError::permanent(Unreachable(cause.clone())).into_failure();
        assert_eq!(error.to_string(), "unreachable");
        let source = error.source().map(ToString::to_string);
        assert_eq!(source, Some(cause.to_string()));
    }

    #[derive(Debug, thiserror::Error)]
    #[error("unreachable")]
    struct Unreachable(#[source] AddrParseError);
}

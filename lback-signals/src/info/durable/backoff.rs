//! The delays between attempts.

use std::time::Duration;

/// The delays between the attempts of a delivery: exponential, with full jitter.
///
/// The delay before the next attempt is a random one between zero and a bound, which is `first` after the
/// first attempt and doubles with each further one, up to `max`. The random choice spreads the attempts of
/// deliveries that failed together.
///
#[cfg_attr(feature = "durable", doc = "```")]
#[cfg_attr(not(feature = "durable"), doc = "```text")]
/// use std::time::Duration;
///
/// use lback_signals::durable::Backoff;
///
/// let bounds = [1, 2, 3, 11, 12, 20].map(|attempt| Backoff::DEFAULT.bound(attempt).as_secs());
/// assert_eq!(bounds, [2, 4, 8, 2048, 3600, 3600]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Backoff {
    pub(super) first: Duration,
    pub(super) max: Duration,
}

impl Backoff {
    /// The default of `backoff`: 2 seconds, doubling to 1 hour.
    pub const DEFAULT: Self = Self {
        first: Duration::from_secs(2),
        max: Duration::from_hours(1),
    };

    /// Returns the bound of the first delay.
    #[must_use]
    pub const fn first(&self) -> Duration {
        self.first
    }

    /// Returns the largest bound.
    #[must_use]
    pub const fn max(&self) -> Duration {
        self.max
    }

    /// Returns the bound of the delay after this attempt, the first of which is 1.
    #[must_use]
    pub fn bound(&self, attempt: u32) -> Duration {
        let doublings = attempt.saturating_sub(1).min(31);
        self.first.saturating_mul(1 << doublings).min(self.max)
    }
}

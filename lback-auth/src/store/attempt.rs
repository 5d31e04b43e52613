//! Limits of attempts, and how a store answers one.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

/// Limit of attempts: a number of free ones, and a delay after each further one.
///
/// Each attempt after the first that is not free doubles the delay, at most 20 times and up to the
/// longest delay. All attempts are forgotten some time after the first, and not before the delay is
/// over. [`delay_after`](Self::delay_after) is the one formula of the delays: a store takes them from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct AttemptLimit {
    /// The number of attempts without a delay.
    pub free: u32,
    /// The delay after the first attempt that is not free.
    pub delay: Duration,
    /// The longest delay.
    pub max_delay: Duration,
    /// The time after the first attempt at which all are forgotten.
    pub forgotten_after: Duration,
}

impl AttemptLimit {
    /// How often the delay doubles at most.
    pub(super) const MAX_DOUBLINGS: u32 = 20;

    /// So many free ones, and then 1 second, 2, 4, … up to 15 minutes; forgotten a day after the first.
    #[must_use]
    pub fn new(free: u32) -> Self {
        Self {
            free,
            delay: Duration::from_secs(1),
            max_delay: Duration::from_mins(15),
            forgotten_after: Duration::from_hours(24),
        }
    }

    /// Sets the delay after the first attempt that is not free.
    #[must_use]
    pub fn with_delay(self, delay: Duration) -> Self {
        Self { delay, ..self }
    }

    /// Sets the longest delay.
    #[must_use]
    pub fn with_max_delay(self, max_delay: Duration) -> Self {
        Self { max_delay, ..self }
    }

    /// Sets how long after the first attempt all are forgotten.
    #[must_use]
    pub fn with_forgotten_after(self, forgotten_after: Duration) -> Self {
        Self {
            forgotten_after,
            ..self
        }
    }

    /// Returns the delay after so many attempts.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use lback_auth::AttemptLimit;
    ///
    /// let limit = AttemptLimit::new(2);
    /// let seconds = [1, 2, 3, 4, 5, 100].map(|attempts| limit.delay_after(attempts).as_secs());
    /// assert_eq!(seconds, [0, 0, 1, 2, 4, 900]);
    /// ```
    #[must_use]
    pub fn delay_after(&self, attempts: u32) -> Duration {
        let Some(beyond) = attempts.checked_sub(self.free).filter(|beyond| *beyond > 0) else {
            return Duration::ZERO;
        };
        let doubled = 1_u32 << (beyond - 1).min(Self::MAX_DOUBLINGS);
        self.delay.saturating_mul(doubled).min(self.max_delay)
    }
}

/// Key by which attempts are counted: an HMAC of a login, an address or a client, which does not
/// disclose it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttemptKey(pub [u8; 32]);

impl fmt::Debug for AttemptKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AttemptKey(..)")
    }
}

/// An attempt, which counts for its subject and, if it is known, for its client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The login, the address or the account.
    pub subject: (AttemptKey, AttemptLimit),
    /// The client.
    pub client: Option<(AttemptKey, AttemptLimit)>,
}

/// The time of an attempt, or of a [purge](crate::AccountStore::purge).
///
/// ```
/// use lback_auth::AttemptTime;
/// use time::OffsetDateTime;
///
/// let now = OffsetDateTime::now_utc();
/// assert_eq!(AttemptTime::Present(now).instant(), now);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AttemptTime {
    /// The present, which is this instant by the clock of the calling process.
    ///
    /// A store that processes on several machines share counts by the clock of its database instead.
    /// The clocks of machines differ: a wait of a second that one of them counts is over at once by a
    /// clock that is ahead.
    Present(OffsetDateTime),
    /// This instant, by a clock that the application has [set](crate::AccountsBuilder::clock).
    At(OffsetDateTime),
}

impl AttemptTime {
    /// Returns the instant by the caller's clock.
    #[must_use]
    pub fn instant(self) -> OffsetDateTime {
        match self {
            Self::Present(instant) | Self::At(instant) => instant,
        }
    }
}

/// Outcome of [`AccountStore::reserve_attempt`](crate::AccountStore::reserve_attempt).
#[must_use = "the attempt may have been refused"]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reservation {
    /// The attempt may be made, and is counted.
    Granted,
    /// The attempt has to wait, and is not counted.
    Refused {
        /// The end of the wait, by the clock that the store counts by.
        until: OffsetDateTime,
        /// The rest of the wait, by the same clock.
        retry_after: Duration,
    },
}

impl Reservation {
    /// Returns the refusal of an attempt that is made now and has to wait.
    pub fn refused(until: OffsetDateTime, now: OffsetDateTime) -> Self {
        let retry_after = Duration::try_from(until - now).unwrap_or_default();
        Self::Refused { until, retry_after }
    }
}

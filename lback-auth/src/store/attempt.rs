//! Limits of attempts, and how a store answers one.

use std::fmt;
use std::time::Duration;

use time::OffsetDateTime;

/// Limit of attempts: a number of free ones, and a delay after each further one.
///
/// Each attempt after the first that is not free doubles the delay, at most 20 times and up to the
/// longest delay. All attempts are forgotten some time after the first, and not before the delay is
/// over. Every store computes delays with [`delay_after`](Self::delay_after).
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
    /// The maximum number of times that the delay doubles.
    pub(super) const MAX_DOUBLINGS: u32 = 20;

    /// Returns a limit with this number of free attempts. The delays after them are 1, 2, 4, … seconds, at
    /// most 15 minutes. Attempts are forgotten a day after the first.
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

    /// Sets the time after the first attempt at which all are forgotten.
    #[must_use]
    pub fn with_forgotten_after(self, forgotten_after: Duration) -> Self {
        Self {
            forgotten_after,
            ..self
        }
    }

    /// Returns the delay after this number of attempts.
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

/// Attempt, which is counted for its subject and, if the client is known, for the client.
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
    /// The present: this instant by the clock of the calling process.
    ///
    /// A store that several machines share uses the clock of its database instead. The clocks of machines
    /// differ: by a clock that is ahead, a delay of a second that another machine started is already over.
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
    /// The attempt is allowed, and counted.
    Granted,
    /// The delay is not over. The attempt is not counted, except as described for
    /// [`reserve_attempt`](crate::AccountStore::reserve_attempt).
    Refused {
        /// The end of the delay, by the clock of the store.
        until: OffsetDateTime,
        /// The rest of the delay, by the same clock.
        retry_after: Duration,
    },
}

impl Reservation {
    /// Returns the refusal of an attempt at `now` whose delay ends at `until`.
    pub fn refused(until: OffsetDateTime, now: OffsetDateTime) -> Self {
        let retry_after = Duration::try_from(until - now).unwrap_or_default();
        Self::Refused { until, retry_after }
    }
}

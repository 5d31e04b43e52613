//! The stored part of a token.

use std::fmt;
use std::time::Duration;

use subtle::ConstantTimeEq;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use super::{TokenError, TokenPurpose, VerificationToken, digest_presented};
use crate::hasher::Hasher;

/// A token that was issued and not consumed: its digest, the address that it is for, and the instants of
/// its issue and expiry.
///
/// All of it can be saved in clear: the digest does not reveal the token. `Debug` omits the digest.
///
/// ```
/// use std::time::Duration;
///
/// use lback_auth::{EmailVerification, PendingToken};
/// use time::OffsetDateTime;
///
/// // A row of the table of users:
/// let issued_at = OffsetDateTime::UNIX_EPOCH;
/// let expires_at = issued_at + Duration::from_secs(3600);
/// let pending = PendingToken::new([7; 32], "ada@example.org", issued_at, expires_at);
///
/// let verification = EmailVerification::from_parts(None, Some(pending));
/// assert_eq!(verification.pending().map(PendingToken::email), Some("ada@example.org"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PendingToken {
    digest: [u8; 32],
    email: String,
    issued_at: OffsetDateTime,
    expires_at: OffsetDateTime,
}

impl PendingToken {
    /// How far the clock that issued a token may be ahead: 5 minutes, the usual tolerance of Kerberos
    /// (RFC 4120, section 8.2).
    ///
    /// The clocks of two servers never agree. A token of a clock that is further ahead would outlast its
    /// lifetime by as much.
    pub const CLOCK_TOLERANCE: Duration = Duration::from_mins(5);

    /// How far ahead the clock that issued a token must be for [a purge](Self::can_be_purged_at) to delete
    /// the token before it expires: a day.
    ///
    /// A purge by a clock that is behind by less deletes no token that was just issued. A clock that shows
    /// local time as UTC is off by at most 14 hours. A token of a clock that is a day ahead is not valid for
    /// a day, and its user asks for another.
    pub const FAR_AHEAD: Duration = Duration::from_hours(24);

    /// Creates the token from its saved parts.
    #[must_use]
    pub fn new(
        digest: [u8; 32],
        email: impl Into<String>,
        issued_at: OffsetDateTime,
        expires_at: OffsetDateTime,
    ) -> Self {
        Self {
            digest,
            email: email.into(),
            issued_at,
            expires_at,
        }
    }

    /// Issues a token, and returns it with its part to store. Instants are in UTC, and the expiry is at most
    /// the last that [`OffsetDateTime`] can represent.
    pub(crate) fn issue(
        purpose: TokenPurpose,
        email: &str,
        valid_for: Duration,
        now: OffsetDateTime,
    ) -> Result<(VerificationToken, Self), TokenError> {
        let token = VerificationToken::generate(Hasher::current().random());
        let token = token.map_err(|_| TokenError::Entropy)?;
        let valid_for = time::Duration::try_from(valid_for).unwrap_or(time::Duration::MAX);
        // The last instant of another offset might have no equivalent in the UTC of a database.
        let now = in_utc(now);
        let digest = token.digest(purpose);
        let pending = Self::new(digest, email, now, now.saturating_add(valid_for));
        Ok((token, pending))
    }

    /// Returns the SHA-256 digest of the token's purpose and text.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// Returns the address that the token was issued for.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// Returns the instant of the issue.
    #[must_use]
    pub fn issued_at(&self) -> OffsetDateTime {
        self.issued_at
    }

    /// Returns the first instant at which the token is no longer valid.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }

    /// Returns whether the token is valid at this instant: before its expiry, and issued at most
    /// [`CLOCK_TOLERANCE`](Self::CLOCK_TOLERANCE) after it.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use lback_auth::PendingToken;
    /// use time::OffsetDateTime;
    ///
    /// let now = OffsetDateTime::now_utc();
    /// let issued_at = |issued_at| {
    ///     let expires_at = issued_at + Duration::from_secs(1800);
    ///     PendingToken::new([7; 32], "ada@example.org", issued_at, expires_at)
    /// };
    /// assert!(issued_at(now).is_good_at(now));
    /// // By a clock that was ahead.
    /// assert!(!issued_at(now + Duration::from_secs(3600)).is_good_at(now));
    /// ```
    #[must_use]
    pub fn is_good_at(&self, now: OffsetDateTime) -> bool {
        now < self.expires_at && self.is_issued_by(now)
    }

    /// Returns whether `AccountStore::purge` deletes the token: it has expired, or was issued more than
    /// [`FAR_AHEAD`](Self::FAR_AHEAD) after this instant.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use lback_auth::PendingToken;
    /// use time::OffsetDateTime;
    ///
    /// let now = OffsetDateTime::now_utc();
    /// let lifetime = Duration::from_secs(1800);
    /// let token = PendingToken::new([7; 32], "ada@example.org", now, now + lifetime);
    /// assert!(token.can_be_purged_at(now + lifetime));
    /// // By a clock that is an hour behind, the token is not good yet.
    /// assert!(!token.is_good_at(now - Duration::from_secs(3600)));
    /// assert!(!token.can_be_purged_at(now - Duration::from_secs(3600)));
    /// ```
    #[must_use]
    pub fn can_be_purged_at(&self, now: OffsetDateTime) -> bool {
        let latest = in_utc(now).saturating_add(FAR_AHEAD);
        now >= self.expires_at || self.issued_at > latest
    }

    /// Returns whether it was issued by now, within the tolerance of clocks.
    fn is_issued_by(&self, now: OffsetDateTime) -> bool {
        self.issued_at <= in_utc(now).saturating_add(TOLERANCE)
    }

    /// Returns whether less than `interval` lies between its issue and `now`, in either order: a clock that
    /// was set back a little must not allow one mail after another, and one that was far ahead must not keep
    /// the user waiting for a token that is not valid.
    pub(super) fn is_younger_than(&self, interval: Duration, now: OffsetDateTime) -> bool {
        self.is_issued_by(now) && (now - self.issued_at).unsigned_abs() < interval
    }

    pub(super) fn check(
        &self,
        purpose: TokenPurpose,
        presented: &str,
        current_email: &str,
        now: OffsetDateTime,
    ) -> Result<(), TokenError> {
        let digest = digest_presented(purpose, presented).ok_or(TokenError::Mismatch)?;
        if !bool::from(digest.ct_eq(&self.digest)) {
            return Err(TokenError::Mismatch);
        }
        if !self.is_good_at(now) {
            return Err(TokenError::Expired);
        }
        if self.email != current_email {
            return Err(TokenError::EmailChanged);
        }
        Ok(())
    }
}

/// [`PendingToken::CLOCK_TOLERANCE`], signed.
const TOLERANCE: time::Duration =
    time::Duration::seconds(PendingToken::CLOCK_TOLERANCE.as_secs().cast_signed());

/// [`PendingToken::FAR_AHEAD`], signed.
const FAR_AHEAD: time::Duration =
    time::Duration::seconds(PendingToken::FAR_AHEAD.as_secs().cast_signed());

/// Returns the instant in UTC, or the nearest one if UTC cannot represent it.
fn in_utc(instant: OffsetDateTime) -> OffsetDateTime {
    if let Some(instant) = instant.checked_to_offset(UtcOffset::UTC) {
        instant
    } else if instant.offset().is_negative() {
        PrimitiveDateTime::MAX.assume_utc()
    } else {
        PrimitiveDateTime::MIN.assume_utc()
    }
}

impl fmt::Debug for PendingToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingToken")
            .field("email", &self.email)
            .field("issued_at", &self.issued_at)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

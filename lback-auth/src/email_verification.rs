//! Verifying that a user receives mail at an address.

#[cfg(test)]
mod tests;

use std::fmt;

use subtle::ConstantTimeEq;
use thiserror::Error;
use time::{OffsetDateTime, PrimitiveDateTime, UtcOffset};

use crate::token::{self, VerificationToken};

/// What a user type embeds to know whether its email address was verified.
///
/// It remembers *which* address was verified, so that a user whose address changes is unverified
/// again without anyone having to reset a flag. Beside it stands at most one token that was issued
/// and not yet used.
///
/// Addresses are compared byte for byte: what counts as the same mailbox is the receiving domain's
/// business (RFC 5321, section 2.4).
///
/// ```
/// use lback_auth::EmailVerification;
///
/// let verification = EmailVerification::verified("ada@example.org");
/// assert!(verification.is_verified("ada@example.org"));
/// assert!(!verification.is_verified("ada@elsewhere.example"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EmailVerification {
    verified_email: Option<String>,
    pending: Option<PendingVerification>,
}

impl EmailVerification {
    /// No address verified, no token issued. This is also the `Default`.
    #[must_use]
    pub fn unverified() -> Self {
        Self::default()
    }

    /// An address known to be verified, for instance by an identity provider.
    #[must_use]
    pub fn verified(email: impl Into<String>) -> Self {
        Self::from_parts(Some(email.into()), None)
    }

    /// What a database holds: the address that was verified, if any, and the token that is out, if
    /// any.
    #[must_use]
    pub fn from_parts(
        verified_email: Option<String>,
        pending: Option<PendingVerification>,
    ) -> Self {
        Self {
            verified_email,
            pending,
        }
    }

    /// The address that was verified last, whether or not it is still the user's.
    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        self.verified_email.as_deref()
    }

    /// The token that was issued last and not yet used, expired or not.
    #[must_use]
    pub fn pending(&self) -> Option<&PendingVerification> {
        self.pending.as_ref()
    }

    /// Whether the user's current address is the one that was verified.
    #[must_use]
    pub fn is_verified(&self, current_email: &str) -> bool {
        self.verified_email() == Some(current_email)
    }

    /// Issues a token for an address that is good for `valid_for`, counted from `now`.
    ///
    /// An earlier token stops being valid; an address that was verified stays so. The expiry is
    /// kept in UTC and ends at the last instant that [`OffsetDateTime`] can represent.
    ///
    /// # Errors
    ///
    /// [`Entropy`](EmailVerificationError::Entropy); nothing changes then.
    pub(crate) fn issue(
        &mut self,
        email: &str,
        valid_for: std::time::Duration,
        now: OffsetDateTime,
    ) -> Result<VerificationToken, EmailVerificationError> {
        let token = VerificationToken::generate().map_err(|_| EmailVerificationError::Entropy)?;
        let valid_for = time::Duration::try_from(valid_for).unwrap_or(time::Duration::MAX);
        // The last instant of another offset might have no equivalent in the UTC of a database.
        let now = now
            .checked_to_offset(UtcOffset::UTC)
            .unwrap_or_else(|| nearest_in_utc(now));
        self.pending = Some(PendingVerification::new(
            token.digest(token::EMAIL_VERIFICATION),
            email,
            now.saturating_add(valid_for),
        ));
        Ok(token)
    }

    /// Takes a token back and marks the address it was issued for as verified.
    ///
    /// # Errors
    ///
    /// Checked in this order: [`NoToken`](EmailVerificationError::NoToken),
    /// [`Mismatch`](EmailVerificationError::Mismatch),
    /// [`Expired`](EmailVerificationError::Expired) and
    /// [`EmailChanged`](EmailVerificationError::EmailChanged), so that only who holds the right
    /// token learns more than that it is wrong. Nothing changes on any of them.
    pub(crate) fn consume(
        &mut self,
        token: &str,
        current_email: &str,
        now: OffsetDateTime,
    ) -> Result<(), EmailVerificationError> {
        let pending = self
            .pending
            .as_ref()
            .ok_or(EmailVerificationError::NoToken)?;
        let digest = token::digest_presented(token::EMAIL_VERIFICATION, token)
            .ok_or(EmailVerificationError::Mismatch)?;
        if !bool::from(digest.ct_eq(&pending.digest)) {
            return Err(EmailVerificationError::Mismatch);
        }
        if now >= pending.expires_at {
            return Err(EmailVerificationError::Expired);
        }
        if pending.email != current_email {
            return Err(EmailVerificationError::EmailChanged);
        }
        self.verified_email = self.pending.take().map(|pending| pending.email);
        Ok(())
    }
}

/// For an instant that only another offset can represent.
fn nearest_in_utc(instant: OffsetDateTime) -> OffsetDateTime {
    if instant.offset().is_negative() {
        PrimitiveDateTime::MAX.assume_utc()
    } else {
        PrimitiveDateTime::MIN.assume_utc()
    }
}

/// A token that was issued and not yet used: its digest, the address it is for, and its expiry.
///
/// The digest does not give the token away, so all of this can be saved as it is. `Debug` leaves
/// the digest out.
///
/// ```
/// use lback_auth::{EmailVerification, PendingVerification};
/// use time::OffsetDateTime;
///
/// // What a row of the user table holds:
/// let expires_at = OffsetDateTime::UNIX_EPOCH;
/// let pending = PendingVerification::new([7; 32], "ada@example.org", expires_at);
///
/// let verification = EmailVerification::from_parts(None, Some(pending));
/// assert_eq!(verification.pending().map(PendingVerification::email), Some("ada@example.org"));
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct PendingVerification {
    digest: [u8; 32],
    email: String,
    expires_at: OffsetDateTime,
}

impl PendingVerification {
    /// What was saved earlier, by way of [`digest`](Self::digest), [`email`](Self::email) and
    /// [`expires_at`](Self::expires_at).
    #[must_use]
    pub fn new(digest: [u8; 32], email: impl Into<String>, expires_at: OffsetDateTime) -> Self {
        Self {
            digest,
            email: email.into(),
            expires_at,
        }
    }

    /// The SHA-256 digest by which the token is recognised. It covers the token's purpose too, so
    /// it is not the plain digest of the token's text.
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }

    /// The address that the token was issued for.
    #[must_use]
    pub fn email(&self) -> &str {
        &self.email
    }

    /// The first instant at which the token is no longer valid.
    #[must_use]
    pub fn expires_at(&self) -> OffsetDateTime {
        self.expires_at
    }
}

impl fmt::Debug for PendingVerification {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingVerification")
            .field("email", &self.email)
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// Why a token could not be issued, or did not verify an address.
///
/// ```
/// use lback_auth::EmailVerificationError;
///
/// let reason = EmailVerificationError::Expired;
/// assert_eq!(reason.to_string(), "the token has expired; issue a new one");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EmailVerificationError {
    /// No token is out: none was issued, or it was used.
    #[error("no email verification is pending; issue a token first")]
    NoToken,

    /// The text presented is not the token that was issued last.
    #[error("the token is not the one issued last")]
    Mismatch,

    /// It is the right token, at or after its expiry.
    #[error("the token has expired; issue a new one")]
    Expired,

    /// It is the right token and in time, but the user's address is no longer the one it was
    /// issued for.
    #[error("the email address changed after the token was issued; issue a new one")]
    EmailChanged,

    /// The operating system gave no random bytes for a token. Trying again may help.
    #[error("the operating system's random number generator failed; no token could be drawn")]
    Entropy,
}

//! Verifying that a user receives mail at an address.

#[cfg(test)]
mod tests;

use std::time::Duration;

use time::OffsetDateTime;

use crate::token::{OneTimeToken, PendingToken, TokenError, TokenPurpose, VerificationToken};

/// What a user type embeds to know whether its email address was verified.
///
/// It remembers *which* address was verified, so that a user whose address changes is unverified
/// again without anyone having to reset a flag. Beside it stands at most one token that was issued
/// and not yet used.
///
/// ```
/// use lback_auth::EmailVerification;
///
/// let verification = EmailVerification::verified("ada@example.org");
/// assert!(verification.is_verified("ada@example.org"));
/// assert!(!verification.is_verified("ada@elsewhere.example"));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmailVerification {
    verified_email: Option<String>,
    token: OneTimeToken,
}

impl EmailVerification {
    /// No address verified, no token issued. This is also the `Default`.
    #[must_use]
    pub fn unverified() -> Self {
        Self::from_parts(None, None)
    }

    /// An address that was verified earlier. [`verify_email_by`](crate::AuthUser::verify_email_by)
    /// verifies one, and says so.
    #[must_use]
    pub fn verified(email: impl Into<String>) -> Self {
        Self::from_parts(Some(email.into()), None)
    }

    /// What a database holds: the address that was verified, if any, and the token that is out, if
    /// any.
    #[must_use]
    pub fn from_parts(verified_email: Option<String>, pending: Option<PendingToken>) -> Self {
        let purpose = TokenPurpose::EmailVerification;
        Self {
            verified_email,
            token: OneTimeToken::from_parts(purpose, pending),
        }
    }

    /// The address that was verified last, whether or not it is still the user's.
    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        self.verified_email.as_deref()
    }

    /// The token that was issued last and not yet used, expired or not.
    #[must_use]
    pub fn pending(&self) -> Option<&PendingToken> {
        self.token.pending()
    }

    /// Whether the user's current address is the one that was verified.
    #[must_use]
    pub fn is_verified(&self, current_email: &str) -> bool {
        self.verified_email() == Some(current_email)
    }

    /// Issues a token: see [`OneTimeToken::issue`]. An address that was verified stays so.
    pub(crate) fn issue(
        &mut self,
        email: &str,
        valid_for: Duration,
        now: OffsetDateTime,
    ) -> Result<VerificationToken, TokenError> {
        self.token.issue(email, valid_for, now)
    }

    /// Issues another: see [`OneTimeToken::reissue`].
    pub(crate) fn reissue(
        &mut self,
        email: &str,
        valid_for: Duration,
        interval: Duration,
        now: OffsetDateTime,
    ) -> Result<VerificationToken, TokenError> {
        self.token.reissue(email, valid_for, interval, now)
    }

    /// Looks at a token: see [`OneTimeToken::peek`].
    pub(crate) fn peek(
        &self,
        token: &str,
        current_email: &str,
        now: OffsetDateTime,
    ) -> Result<(), TokenError> {
        self.token.peek(token, current_email, now)
    }

    /// Takes a token back and marks the address it was issued for as verified: see
    /// [`OneTimeToken::verify`].
    pub(crate) fn consume(
        &mut self,
        token: &str,
        current_email: &str,
        now: OffsetDateTime,
    ) -> Result<(), TokenError> {
        self.token.verify(token, current_email, now)?;
        self.verified_email = Some(current_email.to_owned());
        Ok(())
    }

    /// Marks an address as verified that somebody vouches for. The token that is out for it is of no
    /// use any more.
    pub(crate) fn vouch(&mut self, email: &str) {
        self.token.revoke();
        self.verified_email = Some(email.to_owned());
    }
}

impl Default for EmailVerification {
    fn default() -> Self {
        Self::unverified()
    }
}

/// How an address came to be verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum VerifiedBy {
    /// By a token that was mailed to it.
    Token,
    /// By somebody who is trusted to know.
    Voucher(Voucher),
}

/// Who is trusted to know that an address is the account's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Voucher {
    /// A person who runs the service.
    Administrator,
    /// An identity provider, as by the claim `email_verified` of an ID token.
    IdentityProvider,
}

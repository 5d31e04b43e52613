//! The verified address of an account and its pending token.

#[cfg(test)]
mod tests;

use std::time::Duration;

use time::OffsetDateTime;

use crate::token::{OneTimeToken, PendingToken, TokenError, TokenPurpose, VerificationToken};

/// The verified address of an account, and at most one pending token.
///
/// It stores *which* address was verified, so that an account whose address changes is unverified without
/// a flag to reset.
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
    /// Creates a state without a verified address and without a token. This is the `Default`.
    #[must_use]
    pub fn unverified() -> Self {
        Self::from_parts(None, None)
    }

    /// Creates a state with an address that was verified earlier.
    /// [`verify_email_by`](crate::AuthUser::verify_email_by) verifies an address and sends the signal.
    #[must_use]
    pub fn verified(email: impl Into<String>) -> Self {
        Self::from_parts(Some(email.into()), None)
    }

    /// Creates the state from a database: the verified address and the pending token.
    #[must_use]
    pub fn from_parts(verified_email: Option<String>, pending: Option<PendingToken>) -> Self {
        let purpose = TokenPurpose::EmailVerification;
        Self {
            verified_email,
            token: OneTimeToken::from_parts(purpose, pending),
        }
    }

    /// Returns the address that was verified last, which need not be the current one.
    #[must_use]
    pub fn verified_email(&self) -> Option<&str> {
        self.verified_email.as_deref()
    }

    /// Returns the token that was issued last and not consumed, expired or not.
    #[must_use]
    pub fn pending(&self) -> Option<&PendingToken> {
        self.token.pending()
    }

    /// Returns whether the current address is the verified one.
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

    /// Issues a token after an interval: see [`OneTimeToken::reissue`].
    pub(crate) fn reissue(
        &mut self,
        email: &str,
        valid_for: Duration,
        interval: Duration,
        now: OffsetDateTime,
    ) -> Result<VerificationToken, TokenError> {
        self.token.reissue(email, valid_for, interval, now)
    }

    /// Checks a token: see [`OneTimeToken::peek`].
    pub(crate) fn peek(
        &self,
        token: &str,
        current_email: &str,
        now: OffsetDateTime,
    ) -> Result<(), TokenError> {
        self.token.peek(token, current_email, now)
    }

    /// Consumes a token and verifies the address that it was issued for: see [`OneTimeToken::verify`].
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

    /// Verifies an address on the word of a trusted party, and revokes the pending token.
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

/// How an address was verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "durable",
    derive(
        lback_signals::schemars::JsonSchema,
        lback_signals::serde::Deserialize,
        lback_signals::serde::Serialize
    ),
    schemars(crate = "lback_signals::schemars"),
    serde(crate = "lback_signals::serde", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum VerifiedBy {
    /// By a token that was mailed to it.
    Token,
    /// By a trusted party.
    Voucher(Voucher),
}

/// A party that is trusted to know the address of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "durable",
    derive(
        lback_signals::schemars::JsonSchema,
        lback_signals::serde::Deserialize,
        lback_signals::serde::Serialize
    ),
    schemars(crate = "lback_signals::schemars"),
    serde(crate = "lback_signals::serde", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum Voucher {
    /// A person who runs the service.
    Administrator,
    /// An identity provider, such as by the claim `email_verified` of an ID token.
    IdentityProvider,
}

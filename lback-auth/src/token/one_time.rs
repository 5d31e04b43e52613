//! The pending token of one purpose.

use std::time::Duration;

use time::OffsetDateTime;

use super::{PendingToken, TokenError, TokenPurpose, VerificationToken};

/// At most one pending token of one purpose: a new token replaces the last, and each is valid once.
///
/// An application that stores tokens itself has one for each purpose. Addresses are compared byte for
/// byte: only the receiving domain knows which addresses are the same mailbox (RFC 5321, section 2.4).
///
/// ```
/// use std::time::Duration;
///
/// use lback_auth::{OneTimeToken, TokenError, TokenPurpose};
/// use time::OffsetDateTime;
///
/// let (email, now) = ("ada@example.org", OffsetDateTime::now_utc());
/// let mut reset = OneTimeToken::none(TokenPurpose::PasswordReset);
/// let token = reset.issue(email, Duration::from_secs(1800), now)?;
///
/// // The link in the mail shows a form …
/// reset.peek(token.expose(), email, now)?;
/// // … which uses the token up.
/// reset.verify(token.expose(), email, now)?;
/// assert_eq!(reset.verify(token.expose(), email, now), Err(TokenError::NoToken));
/// # Ok::<(), TokenError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeToken {
    purpose: TokenPurpose,
    pending: Option<PendingToken>,
}

impl OneTimeToken {
    /// Creates a state without a pending token.
    #[must_use]
    pub fn none(purpose: TokenPurpose) -> Self {
        Self::from_parts(purpose, None)
    }

    /// Creates the state from a database.
    #[must_use]
    pub fn from_parts(purpose: TokenPurpose, pending: Option<PendingToken>) -> Self {
        Self { purpose, pending }
    }

    /// Returns the purpose of its tokens.
    #[must_use]
    pub fn purpose(&self) -> TokenPurpose {
        self.purpose
    }

    /// Returns the token that was issued last and not consumed, expired or not.
    #[must_use]
    pub fn pending(&self) -> Option<&PendingToken> {
        self.pending.as_ref()
    }

    /// Issues a token for an address that is valid for `valid_for` from `now` on. It is drawn from the
    /// random source of the current [`Hasher`](crate::Hasher).
    ///
    /// An earlier token is no longer valid. The expiry is in UTC and at most the last instant that
    /// [`OffsetDateTime`] can represent.
    ///
    /// # Errors
    ///
    /// [`Entropy`](TokenError::Entropy). The pending token stays.
    pub fn issue(
        &mut self,
        email: &str,
        valid_for: Duration,
        now: OffsetDateTime,
    ) -> Result<VerificationToken, TokenError> {
        let (token, pending) = PendingToken::issue(self.purpose, email, valid_for, now)?;
        self.pending = Some(pending);
        Ok(token)
    }

    /// Issues a token as [`issue`](Self::issue) does, unless the last one for the same address was issued
    /// less than `interval` ago: repeated requests send one mail.
    ///
    /// # Errors
    ///
    /// [`TooSoon`](TokenError::TooSoon) or [`Entropy`](TokenError::Entropy). The pending token stays.
    pub fn reissue(
        &mut self,
        email: &str,
        valid_for: Duration,
        interval: Duration,
        now: OffsetDateTime,
    ) -> Result<VerificationToken, TokenError> {
        match &self.pending {
            Some(last) if last.email() == email && last.is_younger_than(interval, now) => {
                Err(TokenError::TooSoon)
            }
            _ => self.issue(email, valid_for, now),
        }
    }

    /// Checks whether [`verify`](Self::verify) would accept the token. Changes nothing.
    ///
    /// # Errors
    ///
    /// As for [`verify`](Self::verify).
    pub fn peek(
        &self,
        token: &str,
        current_email: &str,
        now: OffsetDateTime,
    ) -> Result<(), TokenError> {
        let pending = self.pending.as_ref().ok_or(TokenError::NoToken)?;
        pending.check(self.purpose, token, current_email, now)
    }

    /// Accepts the token and consumes it.
    ///
    /// # Errors
    ///
    /// In this order: [`NoToken`](TokenError::NoToken), [`Mismatch`](TokenError::Mismatch),
    /// [`Expired`](TokenError::Expired) or [`EmailChanged`](TokenError::EmailChanged). A client without
    /// the right token only learns whether one is pending. The pending token stays.
    pub fn verify(
        &mut self,
        token: &str,
        current_email: &str,
        now: OffsetDateTime,
    ) -> Result<(), TokenError> {
        self.peek(token, current_email, now)?;
        self.pending = None;
        Ok(())
    }

    /// Revokes the pending token.
    pub fn revoke(&mut self) {
        self.pending = None;
    }
}

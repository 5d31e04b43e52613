//! The token of a purpose that is out, if one is.

use std::time::Duration;

use time::OffsetDateTime;

use super::{PendingToken, TokenError, TokenPurpose, VerificationToken};

/// At most one token of one purpose: a new one takes the place of that before it, and each is good
/// for one use.
///
/// An application that keeps its tokens itself has one of these for each purpose. Addresses are
/// compared byte for byte: what counts as the same mailbox is the receiving domain's business
/// (RFC 5321, section 2.4).
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
    /// No token is out.
    #[must_use]
    pub fn none(purpose: TokenPurpose) -> Self {
        Self::from_parts(purpose, None)
    }

    /// What a database holds.
    #[must_use]
    pub fn from_parts(purpose: TokenPurpose, pending: Option<PendingToken>) -> Self {
        Self { purpose, pending }
    }

    /// What its token is for.
    #[must_use]
    pub fn purpose(&self) -> TokenPurpose {
        self.purpose
    }

    /// The token that was issued last and not yet used, expired or not.
    #[must_use]
    pub fn pending(&self) -> Option<&PendingToken> {
        self.pending.as_ref()
    }

    /// Issues a token for an address that is good for `valid_for`, counted from `now`. It is drawn
    /// from the current [`Hasher`](crate::Hasher)'s source of random bytes.
    ///
    /// An earlier token stops being valid. The expiry is kept in UTC and ends at the last instant
    /// that [`OffsetDateTime`] can represent.
    ///
    /// # Errors
    ///
    /// [`Entropy`](TokenError::Entropy); nothing changes then.
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

    /// Like [`issue`](Self::issue), but for a token for the same address that was issued less than
    /// `interval` ago: whoever clicks again and again gets one mail.
    ///
    /// # Errors
    ///
    /// [`TooSoon`](TokenError::TooSoon) or [`Entropy`](TokenError::Entropy); nothing changes then.
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

    /// Whether [`verify`](Self::verify) would take the token; nothing changes.
    ///
    /// # Errors
    ///
    /// As for `verify`.
    pub fn peek(
        &self,
        token: &str,
        current_email: &str,
        now: OffsetDateTime,
    ) -> Result<(), TokenError> {
        let pending = self.pending.as_ref().ok_or(TokenError::NoToken)?;
        pending.check(self.purpose, token, current_email, now)
    }

    /// Takes the token back, which is used up then.
    ///
    /// # Errors
    ///
    /// Checked in this order: [`NoToken`](TokenError::NoToken), [`Mismatch`](TokenError::Mismatch),
    /// [`Expired`](TokenError::Expired) and [`EmailChanged`](TokenError::EmailChanged), so that
    /// only who holds the right token learns more than whether one is out. Nothing changes on any of
    /// them.
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

    /// Makes the token that is out worthless, if one is.
    pub fn revoke(&mut self) {
        self.pending = None;
    }
}

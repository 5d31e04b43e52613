//! What a store recognises a token by.

use std::fmt;

use crate::token::digest_presented;
use crate::{PendingToken, TokenPurpose, UserId};

/// What a text that was presented as a token would be kept as.
///
/// ```
/// use lback_auth::{TokenKey, TokenPurpose};
///
/// let key = TokenKey::of(TokenPurpose::PasswordReset, "guess").unwrap();
/// assert_eq!(key.purpose(), TokenPurpose::PasswordReset);
/// assert_eq!(TokenKey::of(TokenPurpose::PasswordReset, &"a".repeat(257)), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TokenKey {
    purpose: TokenPurpose,
    digest: [u8; 32],
}

impl TokenKey {
    /// Of a text, `None` if it is over 256 bytes and so no token's.
    #[must_use]
    pub fn of(purpose: TokenPurpose, presented: &str) -> Option<Self> {
        digest_presented(purpose, presented).map(|digest| Self { purpose, digest })
    }

    /// Of a token that is out.
    #[must_use]
    pub fn of_pending(purpose: TokenPurpose, pending: &PendingToken) -> Self {
        Self {
            purpose,
            digest: *pending.digest(),
        }
    }

    /// What the token is for.
    #[must_use]
    pub fn purpose(&self) -> TokenPurpose {
        self.purpose
    }

    /// As [`PendingToken::digest`].
    #[must_use]
    pub fn digest(&self) -> &[u8; 32] {
        &self.digest
    }
}

impl fmt::Debug for TokenKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenKey")
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// Whose a token was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    /// The account's id.
    pub id: UserId,
    /// The address that the token was for.
    pub email: String,
}

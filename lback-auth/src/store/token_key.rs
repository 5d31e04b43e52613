//! The key by which a store finds a token.

use std::fmt;

use crate::token::{PendingToken, TokenPurpose, digest_presented};
use crate::user_id::UserId;

/// Key of a token: the digest under which a store keeps it, and its purpose.
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
    /// Returns the key of a text that was presented as a token, or `None` if it exceeds 256 bytes, which no
    /// token does.
    #[must_use]
    pub fn of(purpose: TokenPurpose, presented: &str) -> Option<Self> {
        digest_presented(purpose, presented).map(|digest| Self { purpose, digest })
    }

    /// Returns the key of an issued token.
    #[must_use]
    pub fn of_pending(purpose: TokenPurpose, pending: &PendingToken) -> Self {
        Self {
            purpose,
            digest: *pending.digest(),
        }
    }

    /// Returns the purpose of the token.
    #[must_use]
    pub fn purpose(&self) -> TokenPurpose {
        self.purpose
    }

    /// Returns the digest of the token, as [`PendingToken::digest`] does.
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

/// Owner of a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenOwner {
    /// The account's id.
    pub id: UserId,
    /// The address that the token was for.
    pub email: String,
}

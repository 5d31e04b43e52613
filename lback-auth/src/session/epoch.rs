//! The epoch of an account's sessions.

use std::fmt;

use sha2::{Digest, Sha256};

#[cfg(feature = "accounts")]
use crate::random::{RandomSource, RandomSourceError};

/// Separates these digests from other uses of SHA-256 and from later versions.
const DOMAIN: &[u8] = b"lback-auth/session-epoch/v1\0";

/// A value that changes when a password is set or removed, when the address is changed by a token, when the account is
/// deactivated, and when its stored sessions are revoked. Hashes of sessions and requests for another address that were
/// made before the change are invalid after it.
///
/// It is not secret. A store saves its 32 bytes beside the password's hash.
///
/// ```
/// use lback_auth::{Hasher, Password, SessionEpoch};
///
/// let password = Hasher::insecure_for_tests().hash("correct horse battery staple")?;
/// let (stored, epoch) = (password.stored().unwrap(), *password.epoch().as_bytes());
///
/// let loaded = Password::from_stored(Some(stored.to_owned()))
///     .with_epoch(SessionEpoch::from_bytes(epoch));
/// assert_eq!(loaded.epoch(), password.epoch());
/// # Ok::<(), lback_auth::PasswordError>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SessionEpoch([u8; 32]);

impl SessionEpoch {
    /// Creates the epoch from its saved bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes to save.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Derives the epoch from a stored hash. Hashes differ by their salts, and so do their epochs.
    pub(crate) fn of_stored(stored: Option<&str>) -> Self {
        let (kind, stored) = match stored {
            Some(stored) => (b"stored\0", stored),
            None => (b"absent\0", ""),
        };
        Self::of(kind, stored.as_bytes())
    }

    /// Derives the epoch that follows this one.
    pub(crate) fn next(self) -> Self {
        Self::of(b"after\0", &self.0)
    }

    /// Draws an epoch that no account had before.
    #[cfg(feature = "accounts")]
    pub(crate) fn random(source: &dyn RandomSource) -> Result<Self, RandomSourceError> {
        let mut bytes = [0; 32];
        source.fill(&mut bytes)?;
        Ok(Self(bytes))
    }

    fn of(kind: &[u8], content: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(DOMAIN)
            .chain_update(kind)
            .chain_update(content);
        Self(digest.finalize().into())
    }
}

impl fmt::Debug for SessionEpoch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionEpoch(..)")
    }
}

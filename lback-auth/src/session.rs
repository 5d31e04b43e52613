//! Which sessions of an account are good.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::UserId;
#[cfg(feature = "accounts")]
use crate::{Hasher, RandomSourceError};

/// Keeps these digests apart from any other use of SHA-256, and from those of a later version.
const EPOCH_DOMAIN: &[u8] = b"lback-auth/session-epoch/v1\0";
const HASH_DOMAIN: &[u8] = b"lback-auth/session-auth-hash/v1\0";
#[cfg(feature = "accounts")]
const ATTEMPT_DOMAIN: &[u8] = b"lback-auth/attempt/v1\0";

/// What changes when all sessions of an account are to end: when a password is set or taken away,
/// and when the account is deactivated.
///
/// It is no secret on its own. A store saves its 32 bytes beside the password's hash.
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
    /// What was saved.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What to save.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The one that goes with a stored hash. Hashes differ by their salts, so that no two are the
    /// same.
    pub(crate) fn of_stored(stored: Option<&str>) -> Self {
        let (kind, stored) = match stored {
            Some(stored) => (b"stored\0", stored),
            None => (b"absent\0", ""),
        };
        Self::of(kind, stored.as_bytes())
    }

    /// The one after this, whatever it is that ends the sessions.
    pub(crate) fn next(self) -> Self {
        Self::of(b"after\0", &self.0)
    }

    /// One that no account had before.
    #[cfg(feature = "accounts")]
    pub(crate) fn random(hasher: &Hasher) -> Result<Self, RandomSourceError> {
        let mut bytes = [0; 32];
        hasher.draw(&mut bytes)?;
        Ok(Self(bytes))
    }

    fn of(kind: &[u8], content: &[u8]) -> Self {
        let digest = Sha256::new()
            .chain_update(EPOCH_DOMAIN)
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

/// The application's secret behind [`session_auth_hash`](crate::AuthUser::session_auth_hash), at
/// least 16 bytes, better 32, from a random generator.
///
/// Its `Debug` shows nothing of it, and it is wiped when dropped.
#[derive(Clone)]
pub struct SessionKey(Zeroizing<Vec<u8>>);

impl SessionKey {
    /// # Errors
    ///
    /// It is shorter than 16 bytes, as an empty variable of the environment is: it could be guessed.
    pub fn new(secret: &[u8]) -> Result<Self, SessionKeyTooShort> {
        if secret.len() < 16 {
            return Err(SessionKeyTooShort);
        }
        Ok(Self(Zeroizing::new(secret.to_vec())))
    }

    /// HMAC-SHA-256 (RFC 2104) of what an attempt is counted by, in parts of which each but the last
    /// is a word.
    #[cfg(feature = "accounts")]
    pub(crate) fn attempt_mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = self.mac(ATTEMPT_DOMAIN);
        for part in parts {
            mac.update(part);
            mac.update(b"\0");
        }
        mac.finalize().into_bytes().into()
    }

    fn mac(&self, domain: &[u8]) -> Hmac<Sha256> {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.0).expect("HMAC takes keys of any length");
        mac.update(domain);
        mac
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

/// A [`SessionKey`] has at least 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a session key has at least 16 bytes; draw 32 from a random generator")]
pub struct SessionKeyTooShort;

/// What a session layer keeps in a session, and compares with the account's when the session comes
/// back: see [`AuthUser::session_auth_hash`](crate::AuthUser::session_auth_hash).
///
/// `==` takes the same time wherever two differ, and `Debug` shows nothing of it.
#[derive(Clone, Copy)]
pub struct SessionAuthHash([u8; 32]);

impl SessionAuthHash {
    /// What a session kept.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// What a session is to keep.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// HMAC-SHA-256 (RFC 2104) of all that has to stay as it is for a session to be good.
    pub(crate) fn new(
        key: &SessionKey,
        model: &str,
        id: &UserId,
        is_active: bool,
        epoch: SessionEpoch,
    ) -> Self {
        let mut mac = key.mac(HASH_DOMAIN);
        mac.update(&[u8::from(is_active)]);
        mac.update(epoch.as_bytes());
        // With its length, so that it can be told where the name ends and the id begins.
        mac.update(&(model.len() as u64).to_le_bytes());
        mac.update(model.as_bytes());
        mac.update(id.as_str().as_bytes());
        Self(mac.finalize().into_bytes().into())
    }
}

impl PartialEq for SessionAuthHash {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for SessionAuthHash {}

impl fmt::Debug for SessionAuthHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionAuthHash(..)")
    }
}

//! Sessions: their rows and tokens, and the keys and hashes of sessions that an application stores itself.

mod epoch;
#[cfg(feature = "accounts")]
mod row;
#[cfg(feature = "accounts")]
mod token;

use std::fmt;

pub use epoch::SessionEpoch;
use hmac::{Hmac, KeyInit, Mac};
#[cfg(feature = "accounts")]
pub use row::{IssuedSession, Remember, Session, SessionId, SessionTimeouts};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};
use thiserror::Error;
#[cfg(feature = "accounts")]
pub use token::{SessionDigest, SessionToken};
use zeroize::Zeroizing;

use crate::user_id::UserId;

/// Separate these MACs from each other and from those of later versions.
const HASH_DOMAIN: &[u8] = b"lback-auth/session-auth-hash/v1\0";
#[cfg(feature = "accounts")]
const ATTEMPT_DOMAIN: &[u8] = b"lback-auth/attempt/v1\0";

/// The shortest key, in bytes.
const MIN_LEN: usize = 16;

/// A keyring of the application's secrets that sign [session hashes](SessionAuthHash).
///
/// The current key signs; the retired ones still verify. Each has at least 16 bytes: draw 32 from a
/// random generator. `Debug` shows nothing of them, and they are wiped from memory when the ring is
/// dropped.
///
/// ```
/// use lback_auth::{AuthUser, SessionKey, User, UserId};
///
/// # let (last_year, this_year) = ([6; 32], [7; 32]);
/// let mut user = User::new("ada", "ada@example.org")?;
/// user.set_id(UserId::new(7));
/// let before = SessionKey::new(&last_year)?;
/// let in_session = user.session_auth_hash(&before).unwrap();
///
/// let rotated = SessionKey::new(&this_year)?.with_retired(&last_year)?;
/// assert!(rotated.verify(&user, &in_session));
/// assert_ne!(user.session_auth_hash(&rotated), Some(in_session));
///
/// let removed = SessionKey::new(&this_year)?;
/// assert!(!removed.verify(&user, &in_session));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Rotation
///
/// Make the new key current and retire the old one: `SessionKey::new(&new)?.with_retired(&old)?`. Where
/// several processes run, first deploy the new key as a retired one to all of them, so that each
/// verifies what another has signed.
///
/// - **Sessions** signed by a retired key stay valid. They end when the key is removed from the ring,
///   so remove it when the longest session has expired, or at once if the key has leaked. A session
///   layer that stores [`session_auth_hash`](crate::AuthUser::session_auth_hash) again while a session
///   is in use moves it to the current key.
/// - **Attempts** of [`Accounts`](crate::Accounts) are counted by the current key only: a rotation
///   starts all counts and waits anew, once. While processes have different current keys, each key
///   has its own counts.
/// - Passwords, tokens and requests do not depend on the key.
#[derive(Clone)]
pub struct SessionKey {
    /// The first is current.
    keys: Vec<Zeroizing<Vec<u8>>>,
}

impl SessionKey {
    /// Creates a ring of one key.
    ///
    /// # Errors
    ///
    /// [`SessionKeyTooShort`] if the secret is shorter than 16 bytes, as an empty environment
    /// variable is.
    pub fn new(secret: &[u8]) -> Result<Self, SessionKeyTooShort> {
        Self { keys: Vec::new() }.with_retired(secret)
    }

    /// Adds a key that verifies sessions and does not sign new ones.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new).
    pub fn with_retired(mut self, secret: &[u8]) -> Result<Self, SessionKeyTooShort> {
        if secret.len() < MIN_LEN {
            return Err(SessionKeyTooShort);
        }
        self.keys.push(Zeroizing::new(secret.to_vec()));
        Ok(self)
    }

    /// Signs the state of an account with the current key.
    pub(crate) fn sign_state(&self, state: &SessionState<'_>) -> SessionAuthHash {
        state.signed_by(&self.keys[0])
    }

    /// Returns whether one of the keys has signed this state. Compares with each key in constant time,
    /// also after a match.
    pub(crate) fn verify_state(&self, state: &SessionState<'_>, hash: &SessionAuthHash) -> bool {
        let matches = self.keys.iter().fold(Choice::from(0), |matches, key| {
            matches | state.signed_by(key).0.ct_eq(&hash.0)
        });
        matches.into()
    }

    /// Returns the HMAC-SHA-256 (RFC 2104) that an attempt is counted by, with the current key. Each
    /// part except the last must have no zero byte.
    #[cfg(feature = "accounts")]
    pub(crate) fn attempt_mac(&self, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac = mac(&self.keys[0], ATTEMPT_DOMAIN);
        for part in parts {
            mac.update(part);
            mac.update(b"\0");
        }
        mac.finalize().into_bytes().into()
    }
}

impl fmt::Debug for SessionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionKey(..)")
    }
}

fn mac(key: &[u8], domain: &[u8]) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(domain);
    mac
}

/// Error returned when a key of a [`SessionKey`] has less than 16 bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the session key is too short: use at least 16 bytes, such as 32 from a random generator")]
pub struct SessionKeyTooShort;

/// The state of an account that must not change while a session is valid.
pub(crate) struct SessionState<'a> {
    pub(crate) model: &'a str,
    pub(crate) id: &'a UserId,
    pub(crate) is_active: bool,
    pub(crate) epoch: SessionEpoch,
}

impl SessionState<'_> {
    /// Computes the HMAC-SHA-256 (RFC 2104) of the state.
    fn signed_by(&self, key: &[u8]) -> SessionAuthHash {
        let mut mac = mac(key, HASH_DOMAIN);
        mac.update(&[u8::from(self.is_active)]);
        mac.update(self.epoch.as_bytes());
        // The length marks where the name ends and the id begins.
        mac.update(&(self.model.len() as u64).to_le_bytes());
        mac.update(self.model.as_bytes());
        mac.update(self.id.as_str().as_bytes());
        SessionAuthHash(mac.finalize().into_bytes().into())
    }
}

/// A hash that a session stores, and that is [verified](SessionKey::verify) when the session comes
/// back: see [`AuthUser::session_auth_hash`](crate::AuthUser::session_auth_hash).
///
/// `==` takes constant time, and `Debug` shows nothing of it.
#[derive(Clone, Copy)]
pub struct SessionAuthHash([u8; 32]);

impl SessionAuthHash {
    /// Creates the hash from the bytes that a session stored.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Returns the bytes that a session stores.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_and_an_id_do_not_run_together() {
        let key = SessionKey::new(&[7; 32]).unwrap();
        let sign = |model, id| {
            key.sign_state(&SessionState {
                model,
                id: &UserId::new(id),
                is_active: true,
                epoch: SessionEpoch::from_bytes([0; 32]),
            })
        };
        assert_eq!(sign("user", "17"), sign("user", "17"));
        assert_ne!(sign("user", "17"), sign("user1", "7"));
    }
}

//! Secrets of the application that go into each hash.

use std::fmt;

use thiserror::Error;
use zeroize::Zeroizing;

/// The longest id of a pepper, in bytes: the most that argon2's `keyid` holds.
const MAX_ID_LEN: usize = 8;

/// The shortest pepper, in bytes. NIST SP 800-63B-4, section 3.1.1.2, asks for as much as SP
/// 800-131A does of a key: 112 bits.
const MIN_LEN: usize = 14;

/// A keyring of secrets that go into each hash beside the password. Keep them apart from the database:
/// its content alone then allows no guessing.
///
/// Each secret has an id, which the stored hash names (`keyid`). `Debug` shows only the ids, and the
/// secrets are wiped from memory when the ring is dropped.
///
/// ```
/// use lback_auth::{Hasher, Pepper};
///
/// # let (this_year, last_year) = ([7; 32], [6; 32]);
/// let pepper = Pepper::new("2026", &this_year)?.with_retired("2025", &last_year)?;
/// assert_eq!(format!("{pepper:?}"), r#"Pepper(["2026", "2025"])"#);
/// let hasher = Hasher::builder().pepper(pepper).build()?;
/// let password = hasher.hash("correct horse battery staple")?;
/// assert!(password.stored().unwrap().contains(",keyid=MjAyNg$"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Rotation
///
/// Make the new secret current and retire the old one, as in the example. Where several processes run,
/// first deploy the new secret as a retired one to all of them, so that each can check what another has
/// hashed.
///
/// - New hashes use the current secret. A hash with a retired secret, or with none, still checks and is
///   [`Stale`](crate::Verdict::Stale): [`check_and_upgrade`](crate::AuthUser::check_and_upgrade) replaces
///   it at the next right password. Sessions stay.
/// - Each password whose hash names a removed secret is lost: a check fails with
///   [`UnknownPepper`](crate::PasswordError::UnknownPepper) until the user sets a new one. So remove a
///   secret when no stored hash names it any more.
#[derive(Clone)]
pub struct Pepper {
    /// The first is current.
    keys: Vec<Key>,
}

#[derive(Clone)]
struct Key {
    id: String,
    secret: Zeroizing<Vec<u8>>,
}

impl Pepper {
    /// Creates a ring of one secret, with an id of 1 to 8 bytes. Draw the secret from a random generator:
    /// at least 14 bytes, better 32.
    ///
    /// # Errors
    ///
    /// [`IdLength`](PepperError::IdLength) or [`TooShort`](PepperError::TooShort).
    pub fn new(id: &str, secret: &[u8]) -> Result<Self, PepperError> {
        Self { keys: Vec::new() }.with_retired(id, secret)
    }

    /// Adds a secret that checks hashes and is not used for new ones.
    ///
    /// # Errors
    ///
    /// As for [`new`](Self::new), or [`IdTwice`](PepperError::IdTwice).
    pub fn with_retired(mut self, id: &str, secret: &[u8]) -> Result<Self, PepperError> {
        if id.is_empty() || id.len() > MAX_ID_LEN {
            return Err(PepperError::IdLength);
        }
        if secret.len() < MIN_LEN {
            return Err(PepperError::TooShort);
        }
        if self.secret(id.as_bytes()).is_some() {
            return Err(PepperError::IdTwice);
        }
        self.keys.push(Key {
            id: id.to_owned(),
            secret: Zeroizing::new(secret.to_vec()),
        });
        Ok(self)
    }

    /// Returns the id that new hashes name.
    pub(crate) fn current_id(&self) -> &[u8] {
        self.keys[0].id.as_bytes()
    }

    pub(crate) fn secret(&self, id: &[u8]) -> Option<&[u8]> {
        let mut keys = self.keys.iter();
        let key = keys.find(|key| key.id.as_bytes() == id)?;
        Some(&key.secret)
    }
}

impl fmt::Debug for Pepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.keys.iter().map(|key| &*key.id).collect();
        f.debug_tuple("Pepper").field(&ids).finish()
    }
}

/// Error returned when a secret cannot be a [`Pepper`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PepperError {
    /// The id is empty or longer than a stored hash allows.
    #[error("the id of the pepper is empty or too long: use 1 to 8 bytes")]
    IdLength,
    /// The secret is short enough to be guessed.
    #[error("the pepper is too short: use at least 14 bytes, such as 32 from a random generator")]
    TooShort,
    /// The ring already has a secret of this id.
    #[error("the id of the pepper is already used: use another id")]
    IdTwice,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_secrets_have_their_lengths() {
        let secret = [7; 14];
        assert!(Pepper::new("12345678", &secret).is_ok());
        assert_eq!(Pepper::new("", &secret).unwrap_err(), PepperError::IdLength);
        assert_eq!(
            Pepper::new("123456789", &secret).unwrap_err(),
            PepperError::IdLength
        );
        assert_eq!(
            Pepper::new("ééééé", &secret).unwrap_err(),
            PepperError::IdLength
        );
        assert_eq!(
            Pepper::new("1", &secret[1..]).unwrap_err(),
            PepperError::TooShort
        );
    }

    #[test]
    fn an_id_names_one_secret() {
        let ring = Pepper::new("new", &[1; 14]).unwrap();
        assert_eq!(
            ring.clone().with_retired("new", &[2; 14]).unwrap_err(),
            PepperError::IdTwice
        );
        let ring = ring.with_retired("old", &[2; 14]).unwrap();
        assert_eq!(ring.current_id(), b"new");
        assert_eq!(ring.secret(b"new"), Some(&[1; 14][..]));
        assert_eq!(ring.secret(b"old"), Some(&[2; 14][..]));
        assert_eq!(ring.secret(b"older"), None);
    }
}

//! Passwords: what a user stores instead of one, and how a guess is checked against it.

mod error;
mod prepare;
mod stored_hash;
#[cfg(test)]
mod tests;

use std::fmt;

pub use error::PasswordError;
use prepare::{MAX_LEN, prepare};
use stored_hash::StoredHash;

/// What a user type embeds in place of a password: a stored hash, or nothing.
///
/// The stored text is a [PHC string], made with Argon2id at 19,456 KiB of memory, 2 passes and
/// 1 lane, the parameters of the [OWASP Password Storage Cheat Sheet]. Hashes that other software
/// made with Argon2id, Argon2i or Argon2d (RFC 9106) at other parameters are accepted too, within
/// bounds on their cost, so an existing user table can be read as it is.
///
/// Its `Debug` output says whether the password is usable and nothing else. There is no
/// `PartialEq`: two hashes of one password differ, because their salts do.
///
/// ```
/// use lback_auth::Password;
///
/// // What a row of the user table holds:
/// let stored = "$argon2id$v=19$m=256,t=3,p=2$084EN0HelnbogbWOKCExSQ$2y6bayjL1PRIu/GGvICbKw";
/// let password = Password::from_stored(Some(stored.to_owned()));
///
/// assert!(password.is_usable());
/// assert_eq!(password.stored(), Some(stored));
/// assert_eq!(format!("{password:?}"), "Password(usable)");
/// ```
///
/// [PHC string]: https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
/// [OWASP Password Storage Cheat Sheet]: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
#[derive(Clone, Default)]
pub struct Password {
    stored: Option<String>,
}

impl Password {
    /// A password that no guess matches: for users who sign in by other means, or not yet.
    ///
    /// This is also the `Default`.
    ///
    /// ```
    /// use lback_auth::Password;
    ///
    /// assert!(!Password::unusable().is_usable());
    /// assert_eq!(Password::unusable().stored(), None);
    /// ```
    #[must_use]
    pub fn unusable() -> Self {
        Self::default()
    }

    /// The password whose hash a database holds, `None` where it holds none.
    ///
    /// The text is taken as it is, so that a user with a damaged hash can still be loaded; a check
    /// of the password reports what is wrong with it.
    ///
    /// `Some` of an empty text is a damaged hash too. Where software marks an unusable password in
    /// another way (an empty column, Django's leading `!`), turn that into `None`.
    #[must_use]
    pub fn from_stored(stored: Option<String>) -> Self {
        Self { stored }
    }

    /// The text to save, `None` if the password is unusable.
    ///
    /// It is not the password, but whoever reads it can try guesses at leisure: keep it out of
    /// logs and responses.
    #[must_use]
    pub fn stored(&self) -> Option<&str> {
        self.stored.as_deref()
    }

    /// Whether a hash is stored, readable or not.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.stored.is_some()
    }

    /// Hashes a new password with a fresh salt.
    ///
    /// # Errors
    ///
    /// [`Empty`](PasswordError::Empty), [`TooLong`](PasswordError::TooLong),
    /// [`Entropy`](PasswordError::Entropy) or [`OutOfMemory`](PasswordError::OutOfMemory).
    pub(crate) fn hash(password: &str) -> Result<Self, PasswordError> {
        let prepared = prepare(password)?;
        stored_hash::create(prepared.as_bytes()).map(|phc| Self { stored: Some(phc) })
    }

    /// Whether `password` is the one that was hashed.
    ///
    /// A PHC string does not tell how its password was prepared. The prepared form is tried first,
    /// and where that fails and preparation changed something, the bytes as given: other software
    /// may have hashed those.
    ///
    /// A password that can't be prepared (empty, too long) was never hashed here and is wrong
    /// without any hashing. An unusable password costs the same as one stored at the default
    /// parameters, so the time taken does not tell which users have none.
    ///
    /// # Errors
    ///
    /// Whatever the password: [`Corrupt`](PasswordError::Corrupt),
    /// [`UnknownScheme`](PasswordError::UnknownScheme) or
    /// [`CostOutOfBounds`](PasswordError::CostOutOfBounds).
    /// While hashing: [`OutOfMemory`](PasswordError::OutOfMemory).
    pub(crate) fn check(&self, password: &str) -> Result<bool, PasswordError> {
        // The stored hash comes first: an operator learns of a damaged one by any attempt.
        let hash = match &self.stored {
            Some(stored) => StoredHash::parse(stored)?,
            None => StoredHash::decoy(),
        };
        let matches = match prepare(password) {
            Ok(prepared) => {
                hash.matches(prepared.as_bytes())?
                    || (prepared.as_str() != password && hash.matches(password.as_bytes())?)
            }
            // Only what it became in preparation is too long.
            Err(PasswordError::TooLong) if password.len() <= MAX_LEN => {
                hash.matches(password.as_bytes())?
            }
            Err(_) => return Ok(false),
        };
        Ok(matches && self.is_usable())
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.is_usable() {
            "Password(usable)"
        } else {
            "Password(unusable)"
        })
    }
}

//! Passwords: what a user stores instead of one, and how a guess is checked against it.

mod error;
#[cfg(feature = "foreign-hashes")]
mod foreign;
mod prepare;
mod recipe;
mod stored_hash;
#[cfg(test)]
mod tests;

use std::fmt;

pub use error::PasswordError;
pub(crate) use prepare::{MAX_LEN, map_space, prepare};
pub(crate) use recipe::{Recipe, SALT_LEN};
pub(crate) use stored_hash::StoredHash;

use crate::session::SessionEpoch;

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
    /// `None`, as long as it is the one that goes with what is stored.
    epoch: Option<SessionEpoch>,
    must_change: bool,
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
        Self {
            stored,
            ..Self::default()
        }
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

    /// The epoch of the account's sessions, to be saved beside the hash and given back by
    /// [`with_epoch`](Self::with_epoch).
    ///
    /// See [`session_auth_hash`](crate::AuthUser::session_auth_hash).
    #[must_use]
    pub fn epoch(&self) -> SessionEpoch {
        self.epoch
            .unwrap_or_else(|| SessionEpoch::of_stored(self.stored()))
    }

    /// With the epoch that was saved.
    ///
    /// Without one, it is the one that goes with the hash: then no session outlives an upgrade of the
    /// hash, a deactivated account's sessions are good again when it is put back in use, and those of
    /// a time without a password when that is taken away again.
    #[must_use]
    pub fn with_epoch(self, epoch: SessionEpoch) -> Self {
        Self {
            epoch: Some(epoch),
            ..self
        }
    }

    /// Whether the password that was right last is not proven by its hash to its end, as bcrypt looks
    /// at no more than 72 bytes. Have the user set a new one.
    ///
    /// Said after [`check_and_upgrade`](crate::AuthUser::check_and_upgrade), and not saved.
    #[must_use]
    pub fn must_change(&self) -> bool {
        self.must_change
    }

    /// Of a new password's hash.
    pub(crate) fn fresh(phc: String) -> Self {
        Self::from_stored(Some(phc))
    }

    /// Puts another hash of the same password in place.
    pub(crate) fn upgrade(&mut self, hash: Self) {
        *self = self.upgraded(hash);
    }

    /// With another hash of the same password.
    pub(crate) fn upgraded(&self, hash: Self) -> Self {
        Self {
            stored: hash.stored,
            epoch: Some(self.epoch()),
            must_change: self.must_change,
        }
    }

    /// Takes the password away, and ends all sessions.
    pub(crate) fn take_away(&mut self) {
        *self = Self::unusable().with_epoch(self.epoch().next());
    }

    pub(crate) fn end_sessions(&mut self) {
        self.epoch = Some(self.epoch().next());
    }

    pub(crate) fn set_must_change(&mut self, must_change: bool) {
        self.must_change = must_change;
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

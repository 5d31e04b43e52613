//! The password of an account, as it is stored.

mod error;
mod prepare;
#[cfg(test)]
mod tests;

use std::fmt;

pub use error::PasswordError;
pub(crate) use prepare::{MAX_LEN, map_space, prepare};

use crate::session::SessionEpoch;

/// The password of an account: a stored hash, or none.
///
/// New hashes are [PHC strings] of Argon2id at 19,456 KiB of memory, 2 passes and 1 lane, the
/// parameters of the [OWASP Password Storage Cheat Sheet], unless a [`Hasher`](crate::Hasher) is
/// installed. Hashes of Argon2id, Argon2i and Argon2d (RFC 9106) at other parameters can be checked
/// too, within bounds on their cost, so that an existing table of users can be read as it is.
///
/// `Debug` only says whether the password is usable. There is no `PartialEq`: two hashes of one password
/// differ by their salts.
///
/// ```
/// use lback_auth::Password;
///
/// // A row of the table of users:
/// let stored = "$argon2id$v=19$m=256,t=3,p=2$084EN0HelnbogbWOKCExSQ$2y6bayjL1PRIu/GGvICbKw";
/// let password = Password::from_stored(Some(stored.to_owned()));
///
/// assert!(password.is_usable());
/// assert_eq!(password.stored(), Some(stored));
/// assert_eq!(format!("{password:?}"), "Password(usable)");
/// ```
///
/// [PHC strings]: https://github.com/P-H-C/phc-string-format/blob/master/phc-sf-spec.md
/// [OWASP Password Storage Cheat Sheet]: https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html
#[derive(Clone, Default)]
pub struct Password {
    stored: Option<String>,
    /// `None` as long as it is the one derived from the stored hash.
    epoch: Option<SessionEpoch>,
    must_change: bool,
}

impl Password {
    /// Creates a password that no guess matches: for users who sign in by other means, or not yet. This
    /// is the `Default`.
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

    /// Creates the password from the stored hash of a database, if it has one.
    ///
    /// The text is not validated, so that a user with a damaged hash can be loaded: a check of the
    /// password returns the error. `Some` of an empty text is a damaged hash too. Convert other marks of
    /// an unusable password, such as an empty column or Django's leading `!`, to `None`.
    #[must_use]
    pub fn from_stored(stored: Option<String>) -> Self {
        Self {
            stored,
            ..Self::default()
        }
    }

    /// Returns the hash to save. `None` if the password is unusable.
    ///
    /// A hash allows offline guessing: keep it out of logs and responses.
    #[must_use]
    pub fn stored(&self) -> Option<&str> {
        self.stored.as_deref()
    }

    /// Returns whether a hash is stored, readable or not.
    #[must_use]
    pub fn is_usable(&self) -> bool {
        self.stored.is_some()
    }

    /// Returns the epoch of the account's sessions. Save it beside the hash, and load it by
    /// [`with_epoch`](Self::with_epoch).
    #[must_use]
    pub fn epoch(&self) -> SessionEpoch {
        self.epoch
            .unwrap_or_else(|| SessionEpoch::of_stored(self.stored()))
    }

    /// Sets the saved epoch.
    ///
    /// Without it, the epoch is derived from the hash: an upgrade of the hash ends all sessions, a
    /// reactivated account has its old sessions back, and removing a password restores the sessions
    /// from an earlier time without one.
    #[must_use]
    pub fn with_epoch(self, epoch: SessionEpoch) -> Self {
        Self {
            epoch: Some(epoch),
            ..self
        }
    }

    /// Returns whether the user has to set a new password, since the hash does not cover all of the one
    /// that was right last, as bcrypt reads at most 72 bytes.
    ///
    /// [`check_and_upgrade`](crate::AuthUser::check_and_upgrade) sets it; it is not saved.
    #[must_use]
    pub fn must_change(&self) -> bool {
        self.must_change
    }

    /// Creates the password from a new hash.
    pub(crate) fn fresh(phc: String) -> Self {
        Self::from_stored(Some(phc))
    }

    /// Replaces the hash by another one of the same password.
    pub(crate) fn upgrade(&mut self, hash: Self) {
        *self = self.upgraded(hash);
    }

    /// Returns this password with another hash of it.
    pub(crate) fn upgraded(&self, hash: Self) -> Self {
        Self {
            stored: hash.stored,
            epoch: Some(self.epoch()),
            must_change: self.must_change,
        }
    }

    /// Removes the hash and ends all sessions.
    pub(crate) fn remove(&mut self) {
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

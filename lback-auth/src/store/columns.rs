//! The columns of an account.

use std::fmt;

use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::password::Password;
use crate::session::SessionEpoch;
use crate::store::StoreError;

/// The columns that an [`AccountTable`](crate::AccountTable) stores of each account.
///
/// The id is not among them, since the table assigns it, nor are the application's own columns.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AccountColumns {
    /// The username, as it was typed.
    pub username: String,
    /// The [`NormalForm`] of the username, unique in the table.
    pub username_key: String,
    /// The email address, as it was typed.
    pub email: String,
    /// The [`NormalForm`] of the address, unique in the table.
    pub email_key: String,
    /// The address that was verified last, or `None` if none was.
    pub verified_email: Option<String>,
    /// The password hash, or `None` without a usable password.
    pub password: Option<String>,
    /// The [epoch](SessionEpoch) of the account's sessions: 32 bytes.
    pub epoch: Vec<u8>,
    /// Whether the account is in use.
    pub is_active: bool,
}

impl AccountColumns {
    /// Returns the columns of an account.
    #[must_use]
    pub(crate) fn of(user: &impl AuthUser) -> Self {
        let password = user.__fields().password;
        let verified_email = user.__fields().email_verification.verified_email();
        Self {
            username: user.username().to_owned(),
            username_key: key(user.username()),
            email: user.email().to_owned(),
            email_key: key(user.email()),
            verified_email: verified_email.map(str::to_owned),
            password: password.stored().map(str::to_owned),
            epoch: password.epoch().as_bytes().to_vec(),
            is_active: user.is_active(),
        }
    }

    pub(super) fn set_password(&mut self, password: &Password) {
        self.password = password.stored().map(str::to_owned);
        self.set_epoch(password.epoch());
    }

    pub(super) fn set_epoch(&mut self, epoch: SessionEpoch) {
        self.epoch = epoch.as_bytes().to_vec();
    }

    /// Sets a verified address. A username that is the address changes with it.
    pub(super) fn set_verified_email(&mut self, email: &str) {
        let email_key = key(email);
        if self.username_is_email() {
            email.clone_into(&mut self.username);
            self.username_key.clone_from(&email_key);
        }
        email.clone_into(&mut self.email);
        self.email_key = email_key;
        self.verified_email = Some(email.to_owned());
    }

    pub(super) fn username_is_email(&self) -> bool {
        self.username_key == self.email_key
    }
}

/// Shows no hash.
impl fmt::Debug for AccountColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountColumns")
            .field("username", &self.username)
            .field("email", &self.email)
            .field("verified_email", &self.verified_email)
            .field("is_active", &self.is_active)
            .finish_non_exhaustive()
    }
}

fn key(text: &str) -> String {
    NormalForm::of(text).as_str().to_owned()
}

impl Password {
    /// Returns the password of a row of an [`AccountTable`](crate::AccountTable): the columns
    /// [`password`](AccountColumns::password) and [`epoch`](AccountColumns::epoch).
    ///
    /// # Errors
    ///
    /// [`StoreError::Unreadable`] if the epoch is not 32 bytes long.
    pub fn from_columns(password: Option<String>, epoch: &[u8]) -> Result<Self, StoreError> {
        Ok(Self::from_stored(password).with_epoch(epoch_of(epoch)?))
    }
}

/// Returns the epoch of a column.
pub(super) fn epoch_of(bytes: &[u8]) -> Result<SessionEpoch, StoreError> {
    <[u8; 32]>::try_from(bytes)
        .map(SessionEpoch::from_bytes)
        .map_err(|_| StoreError::Unreadable("an epoch is not 32 bytes long".into()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::User;

    #[test]
    fn debug_shows_no_hash() {
        let mut columns = AccountColumns::of(&User::new("ada", "ada@example.org").unwrap());
        columns.password = Some("$argon2id$secret".to_owned());
        let shown = format!("{columns:?}");
        assert!(shown.contains("ada@example.org") && !shown.contains("argon2id"));
    }

    #[test]
    fn an_epoch_has_32_bytes() {
        let short = Password::from_columns(None, &[0; 31]);
        assert!(matches!(short, Err(StoreError::Unreadable(_))));
        let password = Password::from_columns(Some("hash".to_owned()), &[7; 32]).unwrap();
        assert_eq!(password.epoch().as_bytes(), &[7; 32]);
        assert_eq!(password.stored(), Some("hash"));
    }
}

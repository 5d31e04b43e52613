//! Setting and checking the password of an account with a hasher, and the signals of both.

use lback_signals::Signal;

use crate::auth_user::AuthUser;
use crate::hasher::{Hasher, Outcome};
use crate::password::{Password, PasswordError};
use crate::signals::{
    UserPasswordCheckFailed, UserPasswordChecked, UserPasswordSet, UserPasswordSetFailed,
    UserPasswordUpgraded,
};

/// The passwords of accounts. The methods of [`AuthUser`] call these on [`Hasher::current`].
impl Hasher {
    /// Hashes a new password with this hasher: see [`AuthUser::set_password`].
    ///
    /// ```
    /// use lback_auth::{Hasher, User};
    ///
    /// let hasher = Hasher::insecure_for_tests();
    /// let mut user = User::new("ada", "ada@example.org")?;
    /// hasher.set_password(&mut user, "correct horse battery staple")?;
    /// assert!(hasher.check_password(&user, "correct horse battery staple")?);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`hash`](Self::hash).
    pub fn set_password(
        &self,
        user: &mut impl AuthUser,
        password: &str,
    ) -> Result<(), PasswordError> {
        set(user, self.hash(password))
    }

    /// Does the same without blocking the thread: see [`AuthUser::set_password_async`].
    ///
    /// # Errors
    ///
    /// Those of [`hash`](Self::hash).
    #[cfg(feature = "tokio")]
    pub async fn set_password_async(
        &self,
        user: &mut impl AuthUser,
        password: &str,
    ) -> Result<(), PasswordError> {
        set(user, self.hash_async(password).await)
    }

    /// Returns whether a password is the account's, checked with this hasher: see
    /// [`AuthUser::check_password`].
    ///
    /// # Errors
    ///
    /// Those of [`verify`](Self::verify).
    pub fn check_password(
        &self,
        user: &impl AuthUser,
        password: &str,
    ) -> Result<bool, PasswordError> {
        let outcome = self.examine(password, user.__fields().password.stored());
        report_check(user, outcome)
    }

    /// Does the same without blocking the thread: see [`AuthUser::check_password_async`].
    ///
    /// # Errors
    ///
    /// Those of [`verify`](Self::verify).
    #[cfg(feature = "tokio")]
    pub async fn check_password_async(
        &self,
        user: &impl AuthUser,
        password: &str,
    ) -> Result<bool, PasswordError> {
        let stored = user.__fields().password.stored();
        let outcome = self.examine_async(password, stored).await;
        report_check(user, outcome)
    }

    /// Checks a password, and replaces a hash that differs from a new one of this hasher: see
    /// [`AuthUser::check_and_upgrade`].
    ///
    /// ```
    /// use lback_auth::{Hasher, Password, User, UserParts};
    ///
    /// let mut parts = UserParts::new("ada", "ada@example.org");
    /// parts.password = Password::from_stored(Some(
    ///     "$argon2id$v=19$m=64,t=1,p=1$IbzGsREOESze5yOjaArMRw$DnpXOwEBzUBBuaitqSpcWpBQH86bx0GSsTLWBcm4DO8".to_owned(),
    /// ));
    /// let mut user = User::from_parts(parts);
    /// let hasher = Hasher::builder().memory(128).passes(2).build()?;
    /// assert!(hasher.check_and_upgrade(&mut user, "correct horse battery staple")?);
    /// assert!(user.password().stored().unwrap().starts_with("$argon2id$v=19$m=128,t=2,p=1$"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Those of [`verify`](Self::verify). A failure to rehash is no error.
    pub fn check_and_upgrade(
        &self,
        user: &mut impl AuthUser,
        password: &str,
    ) -> Result<bool, PasswordError> {
        let outcome = self.examine(password, user.__fields().password.stored());
        let is_right = record_check(user, outcome)?;
        if outcome == Ok(Outcome::Stale) {
            upgrade(user, self.hash(password));
        }
        Ok(is_right)
    }

    /// Does the same without blocking the thread: see [`AuthUser::check_and_upgrade_async`].
    ///
    /// # Errors
    ///
    /// Those of [`verify`](Self::verify).
    #[cfg(feature = "tokio")]
    pub async fn check_and_upgrade_async(
        &self,
        user: &mut impl AuthUser,
        password: &str,
    ) -> Result<bool, PasswordError> {
        let stored = user.__fields().password.stored();
        let outcome = self.examine_async(password, stored).await;
        let is_right = record_check(user, outcome)?;
        if outcome == Ok(Outcome::Stale) {
            upgrade(user, self.hash_async(password).await);
        }
        Ok(is_right)
    }
}

/// Replaces the password if it could be hashed, and sends the signal.
fn set(
    user: &mut impl AuthUser,
    hash: Result<Password, PasswordError>,
) -> Result<(), PasswordError> {
    match hash {
        Ok(hash) => {
            replace(user, hash);
            Ok(())
        }
        Err(error) => Err(report_not_set(user, error)),
    }
}

/// Replaces the password, and sends the signal.
pub(crate) fn replace(user: &mut impl AuthUser, hash: Password) {
    *user.__fields_mut().password = hash;
    UserPasswordSet::new(user).send();
}

/// Sends the signal of a password that could not be set.
pub(crate) fn report_not_set(user: &impl AuthUser, error: PasswordError) -> PasswordError {
    UserPasswordSetFailed::new(user, &error).send();
    error
}

/// Sends the signal of a check.
fn report_check(
    user: &impl AuthUser,
    outcome: Result<Outcome, PasswordError>,
) -> Result<bool, PasswordError> {
    match outcome {
        Ok(outcome) => {
            let success = outcome.verdict().is_right();
            UserPasswordChecked::new(user, success).send();
            Ok(success)
        }
        Err(error) => {
            UserPasswordCheckFailed::new(user, &error).send();
            Err(error)
        }
    }
}

/// Records whether a right password has to be changed, and sends the signal of the check.
pub(crate) fn record_check(
    user: &mut impl AuthUser,
    outcome: Result<Outcome, PasswordError>,
) -> Result<bool, PasswordError> {
    if let Ok(Outcome::Valid | Outcome::Stale | Outcome::Cut) = outcome {
        let must_change = outcome == Ok(Outcome::Cut);
        user.__fields_mut().password.set_must_change(must_change);
    }
    report_check(user, outcome)
}

/// Replaces the hash by another one of the same password if there is one, and sends the signal.
fn upgrade(user: &mut impl AuthUser, hash: Result<Password, PasswordError>) {
    if let Ok(hash) = hash {
        user.__fields_mut().password.upgrade(hash);
        UserPasswordUpgraded::new(user).send();
    }
}

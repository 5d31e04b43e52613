//! What becomes of a hash or a check, and which signal says so.

use lback_signals::Signal;

use crate::hasher::Outcome;
use crate::{
    AuthUser, Password, PasswordError, UserPasswordCheckFailed, UserPasswordChecked,
    UserPasswordSet, UserPasswordSetFailed, UserPasswordUpgraded,
};

/// Puts a new password's hash in place.
pub(super) fn set(
    user: &mut impl AuthUser,
    hash: Result<Password, PasswordError>,
) -> Result<(), PasswordError> {
    match hash {
        Ok(hash) => {
            put(user, hash);
            Ok(())
        }
        Err(error) => Err(not_set(user, error)),
    }
}

/// The same, of one that there is.
pub(crate) fn put(user: &mut impl AuthUser, hash: Password) {
    *user.__password_mut() = hash;
    UserPasswordSet::new(user).send();
}

/// Says that there is none.
pub(crate) fn not_set(user: &impl AuthUser, error: PasswordError) -> PasswordError {
    UserPasswordSetFailed::new(user, &error).send();
    error
}

/// Says what a check came to.
pub(super) fn checked(
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

/// The same, and notes whether all of a right password was looked at.
pub(crate) fn noted(
    user: &mut impl AuthUser,
    outcome: Result<Outcome, PasswordError>,
) -> Result<bool, PasswordError> {
    if let Ok(Outcome::Valid | Outcome::Stale | Outcome::Cut) = outcome {
        let must_change = outcome == Ok(Outcome::Cut);
        user.__password_mut().set_must_change(must_change);
    }
    checked(user, outcome)
}

/// Puts another hash of the same password in place, if there is one.
pub(super) fn upgrade(user: &mut impl AuthUser, hash: Result<Password, PasswordError>) {
    if let Ok(hash) = hash {
        user.__password_mut().upgrade(hash);
        UserPasswordUpgraded::new(user).send();
    }
}

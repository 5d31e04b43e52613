//! The seven signals of the model, and one beside them.

use lback_signals::signal;

use crate::{AuthUser, EmailVerificationError, PasswordError, VerificationToken, VerifiedBy};

/// A password has been set: the new hash is in place.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserPasswordSet<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
}

impl<'a> UserPasswordSet<'a> {
    /// What [`set_password`](AuthUser::set_password) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser) -> Self {
        Self { user }
    }
}

/// A password could not be set: it was empty, too long, or could not be hashed. The old one is
/// untouched.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserPasswordSetFailed<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// What the caller got.
    pub exception: &'a PasswordError,
}

impl<'a> UserPasswordSetFailed<'a> {
    /// What [`set_password`](AuthUser::set_password) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, exception: &'a PasswordError) -> Self {
        Self { user, exception }
    }
}

/// A password has been checked, and the check came to an answer.
///
/// The guess was right or wrong, or there is no usable password that it could be.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserPasswordChecked<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// Whether the password was right.
    pub success: bool,
}

impl<'a> UserPasswordChecked<'a> {
    /// What [`check_password`](AuthUser::check_password) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, success: bool) -> Self {
        Self { user, success }
    }
}

/// A right password's hash was not as it would be made today, and has been replaced by one that is.
///
/// It comes after the [`UserPasswordChecked`] of the same call, as the only signal that comes beside
/// another.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserPasswordUpgraded<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
}

impl<'a> UserPasswordUpgraded<'a> {
    /// What [`check_and_upgrade`](AuthUser::check_and_upgrade) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser) -> Self {
        Self { user }
    }
}

/// A password could not be checked: the stored hash is corrupt, of an unknown scheme, too costly or
/// of an unknown pepper, or there was no place or no memory to hash. The guess was neither right nor wrong.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserPasswordCheckFailed<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// What the caller got.
    pub exception: &'a PasswordError,
}

impl<'a> UserPasswordCheckFailed<'a> {
    /// What [`check_password`](AuthUser::check_password) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, exception: &'a PasswordError) -> Self {
        Self { user, exception }
    }
}

/// A token that verifies the account's email address has been issued: it and its expiry are in
/// place.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserEmailVerificationTokenGenerated<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// The secret to mail to the account's address.
    pub token: &'a VerificationToken,
}

impl<'a> UserEmailVerificationTokenGenerated<'a> {
    /// What [`generate_email_verification_token`](AuthUser::generate_email_verification_token)
    /// sends; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, token: &'a VerificationToken) -> Self {
        Self { user, token }
    }
}

/// The account's email address has been verified: its token was right and in time, and is used up,
/// or somebody vouches for it.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserEmailVerified<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// How.
    pub how: VerifiedBy,
}

impl<'a> UserEmailVerified<'a> {
    /// What [`verify_email`](AuthUser::verify_email) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser) -> Self {
        Self {
            user,
            how: VerifiedBy::Token,
        }
    }

    /// Verified in another way, as by [`verify_email_by`](AuthUser::verify_email_by).
    #[must_use]
    pub fn by(self, how: VerifiedBy) -> Self {
        Self { how, ..self }
    }
}

/// The account's email address has not been verified: there was no token, or another one, or it
/// came too late, or for an address that is no longer the account's; or no token could be issued.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserEmailVerificationFailed<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// What the caller got.
    pub reason: EmailVerificationError,
}

impl<'a> UserEmailVerificationFailed<'a> {
    /// What [`verify_email`](AuthUser::verify_email) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, reason: EmailVerificationError) -> Self {
        Self { user, reason }
    }
}

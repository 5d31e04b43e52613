//! The signals of the flows, beside the model's.

use lback_signals::signal;

use crate::{AuthUser, VerificationToken};

/// Somebody is about to register; a receiver may object. Sent before anything is written.
///
/// Whoever registers hears of an objection, so it must not depend on which addresses are known.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserRegistering<'a> {
    /// The name that the account is to have.
    pub username: &'a str,
    /// The address that the account is to have.
    pub email: &'a str,
}

impl<'a> UserRegistering<'a> {
    /// What [`register`](crate::Accounts::register) sends; for tests of receivers.
    #[must_use]
    pub fn new(username: &'a str, email: &'a str) -> Self {
        Self { username, email }
    }
}

/// Declares a signal that has an account and nothing else.
macro_rules! about_an_account {
    ($(#[$doc:meta])* $name:ident, $sent_by:literal) => {
        $(#[$doc])*
        #[signal(owned)]
        #[derive(Clone, Copy, Debug)]
        #[non_exhaustive]
        pub struct $name<'a> {
            /// The account.
            #[sender]
            pub user: &'a dyn AuthUser,
        }

        impl<'a> $name<'a> {
            #[doc = concat!("What [`", $sent_by, "`](crate::Accounts::", $sent_by, ") sends; for tests of receivers.")]
            #[must_use]
            pub fn new(user: &'a dyn AuthUser) -> Self {
                Self { user }
            }
        }
    };
}

about_an_account! {
    /// An account has been registered: it is in the database, its address not yet verified.
    UserRegistered, "register"
}

about_an_account! {
    /// Somebody has signed in.
    UserAuthenticated, "authenticate"
}

/// Somebody has not been let in.
///
/// It tells what the one who tried must not know; keep it out of what they see.
#[signal]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserAuthenticationFailed<'a> {
    /// The account, if it is one's and was looked for.
    pub user: Option<&'a dyn AuthUser>,
    /// Why.
    pub reason: AuthenticationFailure,
}

impl<'a> UserAuthenticationFailed<'a> {
    /// What [`authenticate`](crate::Accounts::authenticate) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: Option<&'a dyn AuthUser>, reason: AuthenticationFailure) -> Self {
        Self { user, reason }
    }
}

/// Why somebody has not been let in: for receivers, and not for those who tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthenticationFailure {
    /// Nobody signs in with this.
    UnknownUser,
    /// The password is wrong, or the account has none.
    WrongPassword,
    /// The account is out of use.
    Inactive,
    /// The password is right, and the address has not been verified.
    EmailNotVerified,
    /// There were too many attempts.
    Throttled,
    /// The stored hash cannot be used.
    Unverifiable,
}

impl AuthenticationFailure {
    /// Its name, as the audit log has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnknownUser => "unknown_user",
            Self::WrongPassword => "wrong_password",
            Self::Inactive => "inactive",
            Self::EmailNotVerified => "email_not_verified",
            Self::Throttled => "throttled",
            Self::Unverifiable => "unverifiable",
        }
    }
}

/// An account has another password.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserPasswordChanged<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// How.
    pub how: PasswordChange,
}

impl<'a> UserPasswordChanged<'a> {
    /// What [`change_password`](crate::Accounts::change_password) and
    /// [`reset_password`](crate::Accounts::reset_password) send; for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, how: PasswordChange) -> Self {
        Self { user, how }
    }
}

/// How an account came to another password.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PasswordChange {
    /// By somebody who knew the one before.
    Change,
    /// By a token that was mailed to the account's address.
    Reset,
}

impl PasswordChange {
    /// Its name, as the audit log has it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Reset => "reset",
        }
    }
}

/// Somebody asks to set a new password without the one before: mail the token to the account's
/// address, and to no other.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserPasswordResetRequested<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// The secret to mail.
    pub token: &'a VerificationToken,
}

impl<'a> UserPasswordResetRequested<'a> {
    /// What comes of [`request_password_reset`](crate::Accounts::request_password_reset); for tests
    /// of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, token: &'a VerificationToken) -> Self {
        Self { user, token }
    }
}

/// An account is to have another address: mail the token there. The address before is a good one to
/// warn.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserEmailChangeRequested<'a> {
    /// The account, with the address that it has until then.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// The address that it is to have.
    pub email: &'a str,
    /// The secret to mail there.
    pub token: &'a VerificationToken,
}

impl<'a> UserEmailChangeRequested<'a> {
    /// What comes of [`change_email`](crate::Accounts::change_email); for tests of receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, email: &'a str, token: &'a VerificationToken) -> Self {
        Self { user, email, token }
    }
}

/// An account has another address, which is verified.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserEmailChanged<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// The address before.
    pub old: &'a str,
}

impl<'a> UserEmailChanged<'a> {
    /// What [`confirm_email_change`](crate::Accounts::confirm_email_change) sends; for tests of
    /// receivers.
    #[must_use]
    pub fn new(user: &'a dyn AuthUser, old: &'a str) -> Self {
        Self { user, old }
    }
}

about_an_account! {
    /// An account is out of use, and its sessions have ended.
    UserDeactivated, "deactivate"
}

about_an_account! {
    /// An account is in use again.
    UserReactivated, "reactivate"
}

about_an_account! {
    /// An account has been deleted; this is what it was. Nobody need have asked for it: one that was
    /// never verified gives way to another that takes its name or address.
    UserDeleted, "delete"
}

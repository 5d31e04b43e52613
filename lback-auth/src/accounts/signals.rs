//! The signals of the flows, beside the model's.

use std::fmt;

use lback_signals::signal;

use crate::user_signal::user_signal;
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

user_signal! {
    /// An account has been registered: it is in the database, its address not yet verified.
    UserRegistered {} sent by "[`register`](crate::Accounts::register)"
}

user_signal! {
    /// Somebody has signed in.
    UserAuthenticated {} sent by "[`authenticate`](crate::Accounts::authenticate)"
}

/// Somebody has not been let in.
///
/// It tells what the one who tried must not know; keep it out of what they see.
#[signal]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserAuthenticationFailed<'a> {
    /// The account, if there is one and it was looked for.
    pub user: Option<&'a dyn AuthUser>,
    /// What was typed as the login, if `user` is `None`.
    pub login: Option<TypedLogin<'a>>,
    /// Why.
    pub reason: AuthenticationFailure,
}

impl<'a> UserAuthenticationFailed<'a> {
    /// What [`authenticate`](crate::Accounts::authenticate) sends; for tests of receivers.
    #[must_use]
    pub fn new(user: Option<&'a dyn AuthUser>, reason: AuthenticationFailure) -> Self {
        Self {
            user,
            login: None,
            reason,
        }
    }

    /// With what was typed as the login.
    #[must_use]
    pub fn with_login(self, typed: &'a str) -> Self {
        Self {
            login: Some(TypedLogin::new(typed)),
            ..self
        }
    }
}

/// What somebody typed as a login that no account was found by: its first 320 bytes, or a little less so
/// that no character is cut.
///
/// People type passwords there. It is for receivers that recognise attacks, and neither the audit log nor
/// `Debug` shows it: log it only where a password may be.
///
/// ```
/// use lback_auth::TypedLogin;
///
/// let login = TypedLogin::new("ada@exampel.org");
/// assert_eq!(login.expose(), "ada@exampel.org");
/// assert_eq!(format!("{login:?}"), "TypedLogin(..)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct TypedLogin<'a>(&'a str);

impl<'a> TypedLogin<'a> {
    /// In bytes: the longest address, a local part of 64, an `@` and a domain of 255 (RFC 5321, section
    /// 4.5.3.1).
    const MAX_LEN: usize = 320;

    /// Cuts what was typed.
    #[must_use]
    pub fn new(typed: &'a str) -> Self {
        Self(&typed[..typed.floor_char_boundary(Self::MAX_LEN)])
    }

    /// The text.
    #[must_use]
    pub fn expose(self) -> &'a str {
        self.0
    }
}

impl fmt::Debug for TypedLogin<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TypedLogin(..)")
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

user_signal! {
    /// An account has another password.
    UserPasswordChanged {
        /// How.
        how: PasswordChange,
    } sent by "[`change_password`](crate::Accounts::change_password) or [`reset_password`](crate::Accounts::reset_password)"
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

user_signal! {
    /// Somebody asks to set a new password without the one before: mail the token to the account's
    /// address, and to no other.
    UserPasswordResetRequested {
        /// The secret to mail.
        token: &'a VerificationToken,
    } sent by "[`request_password_reset`](crate::Accounts::request_password_reset)"
}

user_signal! {
    /// An account is to have another address: mail the token there. The address before is a good one to
    /// warn.
    UserEmailChangeRequested {
        /// The address that it is to have.
        email: &'a str,
        /// The secret to mail there.
        token: &'a VerificationToken,
    } sent by "[`change_email`](crate::Accounts::change_email)"
}

user_signal! {
    /// An account has another address, which is verified.
    UserEmailChanged {
        /// The address before.
        old: &'a str,
    } sent by "[`confirm_email_change`](crate::Accounts::confirm_email_change)"
}

user_signal! {
    /// An account is out of use, and its sessions have ended.
    UserDeactivated {} sent by "[`deactivate`](crate::Accounts::deactivate)"
}

user_signal! {
    /// An account is in use again.
    UserReactivated {} sent by "[`reactivate`](crate::Accounts::reactivate)"
}

user_signal! {
    /// An account has been deleted; this is what it was. Nobody need have asked for it: one that was
    /// never verified gives way to another that takes its name or address.
    UserDeleted {} sent by "[`delete`](crate::Accounts::delete)"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typed_login_is_cut_between_characters() {
        for (typed, len) in [
            (String::new(), 0),
            ("a".repeat(320), 320),
            ("a".repeat(321), 320),
            ("é".repeat(200), 320),
            (format!("a{}", "é".repeat(200)), 319),
            (format!("a{}", "\u{1F600}".repeat(200)), 317),
        ] {
            let login = TypedLogin::new(&typed);
            assert_eq!(login.expose().len(), len);
            assert!(typed.starts_with(login.expose()));
        }
    }

    #[test]
    fn the_signal_does_not_show_what_was_typed() {
        let failed = UserAuthenticationFailed::new(None, AuthenticationFailure::UnknownUser);
        let failed = failed.with_login("hunter2");
        assert_eq!(failed.login.map(TypedLogin::expose), Some("hunter2"));
        assert!(!format!("{failed:?}").contains("hunter2"));
    }
}

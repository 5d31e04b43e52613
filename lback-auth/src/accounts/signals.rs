//! Signals of the flows. Those of the model are in `crate::signals`.

use std::fmt;

use lback_signals::signal;

use crate::auth_user::AuthUser;
use crate::token::{TokenPurpose, VerificationToken};
use crate::user_signal::user_signal;

/// Signal sent before an account is registered; a receiver may veto.
///
/// The client sees a veto, so it must not depend on which addresses are registered.
#[signal(owned)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserRegistering<'a> {
    /// The requested username.
    pub username: &'a str,
    /// The requested address.
    pub email: &'a str,
}

impl<'a> UserRegistering<'a> {
    /// Creates the signal that [`register`](crate::Accounts::register) sends, for tests of receivers.
    #[must_use]
    pub fn new(username: &'a str, email: &'a str) -> Self {
        Self { username, email }
    }
}

user_signal! {
    /// Signal sent when an account is registered: it is stored, and its address is not verified yet.
    UserRegistered {} sent by "[`register`](crate::Accounts::register)"
        stored as "lback.user.registered"
}

user_signal! {
    /// Signal sent when a user has signed in.
    UserAuthenticated {} sent by "[`sign_in`](crate::Accounts::sign_in) or [`authenticate`](crate::Accounts::authenticate)"
        stored as "lback.user.authenticated"
}

/// Signal sent when an attempt to sign in has failed.
///
/// It has details that the client must not learn: do not show them.
#[signal]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct UserAuthenticationFailed<'a> {
    /// The account, if it exists and was searched.
    pub user: Option<&'a dyn AuthUser>,
    /// The login as typed, if `user` is `None`.
    pub login: Option<TypedLogin<'a>>,
    /// The reason.
    pub reason: AuthenticationFailure,
}

impl<'a> UserAuthenticationFailed<'a> {
    /// Creates the signal that [`sign_in`](crate::Accounts::sign_in) and
    /// [`authenticate`](crate::Accounts::authenticate) send, for tests of receivers.
    #[must_use]
    pub fn new(user: Option<&'a dyn AuthUser>, reason: AuthenticationFailure) -> Self {
        Self {
            user,
            login: None,
            reason,
        }
    }

    /// Adds the login as typed.
    #[must_use]
    pub fn with_login(self, typed: &'a str) -> Self {
        Self {
            login: Some(TypedLogin::new(typed)),
            ..self
        }
    }
}

/// The first 320 bytes of a login that no account has, cut at a character boundary.
///
/// Users type passwords into this field. The login is for receivers that detect attacks; neither the audit log nor
/// `Debug` shows it. Log it only where passwords may be stored.
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
    /// In bytes: the longest address, with a local part of 64 bytes, an `@` and a domain of 255 bytes (RFC 5321,
    /// section 4.5.3.1).
    const MAX_LEN: usize = 320;

    /// Truncates a typed login.
    #[must_use]
    pub fn new(typed: &'a str) -> Self {
        Self(&typed[..typed.floor_char_boundary(Self::MAX_LEN)])
    }

    /// Returns the text.
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

/// Reason why an attempt to sign in failed, for receivers only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum AuthenticationFailure {
    /// No account has the login.
    UnknownUser,
    /// The password is wrong, or the account has none.
    WrongPassword,
    /// The account is deactivated.
    Inactive,
    /// The password is right, but the address is not verified.
    EmailNotVerified,
    /// Too many attempts.
    Throttled,
    /// The stored hash cannot be checked.
    Unverifiable,
}

impl AuthenticationFailure {
    /// Returns the outcome in the audit log.
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
    /// Signal sent when an account's password is changed or reset.
    UserPasswordChanged {
        /// How the password was changed.
        how: PasswordChange,
    } sent by "[`change_password`](crate::Accounts::change_password) or [`reset_password`](crate::Accounts::reset_password)"
        stored as "lback.user.password-changed"
}

/// How a password was changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "durable",
    derive(
        lback_signals::schemars::JsonSchema,
        lback_signals::serde::Deserialize,
        lback_signals::serde::Serialize
    ),
    schemars(crate = "lback_signals::schemars"),
    serde(crate = "lback_signals::serde", rename_all = "snake_case")
)]
#[non_exhaustive]
pub enum PasswordChange {
    /// With the current password.
    Change,
    /// With a token mailed to the account's address.
    Reset,
}

impl PasswordChange {
    /// Returns the outcome in the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Change => "change",
            Self::Reset => "reset",
        }
    }
}

/// Signal sent when a mail with a token is due: mail the token to the address `to`, and to no other.
///
/// A receiver returns an error if the mail was not sent. All receivers are then called again later, with a new token
/// that replaces this one. If it has nothing to retry, such as after the refusal of an address, it returns `Ok`.
///
/// The receivers are awaited before the request for the mail is completed, so none of them can run in the background or
/// after a commit. See [`TokenIssuer`](crate::TokenIssuer).
///
/// ```
/// use lback_auth::{AddressMailDue, AuthUser, TokenPurpose};
/// use lback_signals::receiver;
/// # async fn send(_: &str, _: &str) -> std::io::Result<()> { Ok(()) }
///
/// #[receiver(signal = AddressMailDue)]
/// async fn mail(event: &AddressMailDue<'_>) -> Result<(), std::io::Error> {
///     let page = match event.purpose {
///         TokenPurpose::EmailVerification => "verify",
///         TokenPurpose::PasswordReset => "reset",
///         TokenPurpose::EmailChange => "change-address",
///     };
///     let token = event.token.expose();
///     let text = format!("{}: https://shop.example/{page}?token={token}", event.user.username());
///     send(event.to, &text).await
/// }
/// ```
#[signal(async)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct AddressMailDue<'a> {
    /// The account.
    #[sender]
    pub user: &'a dyn AuthUser,
    /// The purpose of the token.
    pub purpose: TokenPurpose,
    /// The address: the one of the account, or the new one for a change of address.
    pub to: &'a str,
    /// The secret to mail.
    pub token: &'a VerificationToken,
}

impl<'a> AddressMailDue<'a> {
    /// Creates the signal that a [`TokenIssuer`](crate::TokenIssuer) sends, for tests of receivers.
    #[must_use]
    pub fn new(
        user: &'a dyn AuthUser,
        purpose: TokenPurpose,
        to: &'a str,
        token: &'a VerificationToken,
    ) -> Self {
        Self {
            user,
            purpose,
            to,
            token,
        }
    }
}

user_signal! {
    /// Signal sent when an account's address has changed. The new address is verified.
    UserEmailChanged {
        /// The old address.
        old: &'a str,
    } sent by "[`confirm_email_change`](crate::Accounts::confirm_email_change)"
        stored as "lback.user.email-changed"
}

user_signal! {
    /// Signal sent when an account is deactivated. Its sessions have ended.
    UserDeactivated {} sent by "[`deactivate`](crate::Accounts::deactivate)"
        stored as "lback.user.deactivated"
}

user_signal! {
    /// Signal sent when an account is reactivated.
    UserReactivated {} sent by "[`reactivate`](crate::Accounts::reactivate)"
        stored as "lback.user.reactivated"
}

user_signal! {
    /// Signal sent when an account is deleted, with its last state. Also sent when an account that was never
    /// verified is replaced by another one with its username or address.
    UserDeleted {} sent by "[`delete`](crate::Accounts::delete)"
        stored as "lback.user.deleted"
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
    fn debug_of_the_signal_does_not_show_the_login() {
        let failed = UserAuthenticationFailed::new(None, AuthenticationFailure::UnknownUser);
        let failed = failed.with_login("hunter2");
        assert_eq!(failed.login.map(TypedLogin::expose), Some("hunter2"));
        assert!(!format!("{failed:?}").contains("hunter2"));
    }
}

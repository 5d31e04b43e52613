//! What has happened in a transaction, to be told when it has committed.

use lback_signals::Signal;
use zeroize::Zeroizing;

use crate::{
    AuditBuffer, AuthUser, AuthenticationFailure, PasswordChange, UserAuthenticated,
    UserAuthenticationFailed, UserDeactivated, UserDeleted, UserEmailChangeRequested,
    UserEmailChanged, UserPasswordChanged, UserPasswordResetRequested, UserReactivated,
    UserRegistered, VerificationToken,
};

/// One signal of a flow.
pub(super) enum Told<U> {
    Registered(U),
    Authenticated(U),
    AuthenticationFailed(Tried<U>, AuthenticationFailure),
    PasswordChanged(U, PasswordChange),
    PasswordResetRequested(U, VerificationToken),
    EmailChangeRequested(U, String, VerificationToken),
    EmailChanged(U, String),
    Deactivated(U),
    Reactivated(U),
    Deleted(U),
    /// It has given way to another.
    Replaced(U),
}

/// What somebody has tried to sign in with.
pub(super) enum Tried<U> {
    Account(U),
    /// What was typed, where no account was found or looked for.
    Login(Zeroizing<String>),
}

impl<U: AuthUser> Tried<U> {
    pub(super) fn signal(&self, reason: AuthenticationFailure) -> UserAuthenticationFailed<'_> {
        match self {
            Self::Account(user) => UserAuthenticationFailed::new(Some(user), reason),
            Self::Login(typed) => UserAuthenticationFailed::new(None, reason).with_login(typed),
        }
    }
}

impl<U: AuthUser> Told<U> {
    pub(super) fn send(&self) {
        match self {
            Self::Registered(user) => drop(UserRegistered::new(user).send()),
            Self::Authenticated(user) => drop(UserAuthenticated::new(user).send()),
            Self::AuthenticationFailed(tried, reason) => drop(tried.signal(*reason).send()),
            Self::PasswordChanged(user, how) => drop(UserPasswordChanged::new(user, *how).send()),
            Self::PasswordResetRequested(user, token) => {
                UserPasswordResetRequested::new(user, token).send();
            }
            Self::EmailChangeRequested(user, email, token) => {
                UserEmailChangeRequested::new(user, email, token).send();
            }
            Self::EmailChanged(user, old) => drop(UserEmailChanged::new(user, old).send()),
            Self::Deactivated(user) => drop(UserDeactivated::new(user).send()),
            Self::Reactivated(user) => drop(UserReactivated::new(user).send()),
            Self::Deleted(user) | Self::Replaced(user) => drop(UserDeleted::new(user).send()),
        }
    }

    /// Notes it, as the audit log has it.
    pub(super) fn note(&self, audit: &AuditBuffer) {
        let (signal, outcome) = match self {
            Self::Registered(_) => (UserRegistered::info(), "done"),
            Self::Authenticated(_) => (UserAuthenticated::info(), "granted"),
            Self::AuthenticationFailed(_, reason) => {
                (UserAuthenticationFailed::info(), reason.as_str())
            }
            Self::PasswordChanged(_, how) => (UserPasswordChanged::info(), how.as_str()),
            Self::PasswordResetRequested(..) => (UserPasswordResetRequested::info(), "done"),
            Self::EmailChangeRequested(..) => (UserEmailChangeRequested::info(), "done"),
            Self::EmailChanged(..) => (UserEmailChanged::info(), "done"),
            Self::Deactivated(_) => (UserDeactivated::info(), "done"),
            Self::Reactivated(_) => (UserReactivated::info(), "done"),
            Self::Deleted(_) => (UserDeleted::info(), "done"),
            Self::Replaced(_) => (UserDeleted::info(), "replaced"),
        };
        audit.note(signal.name(), outcome, self.user().and_then(AuthUser::id));
    }

    fn user(&self) -> Option<&U> {
        match self {
            Self::AuthenticationFailed(Tried::Login(_), _) => None,
            Self::AuthenticationFailed(Tried::Account(user), _)
            | Self::Registered(user)
            | Self::Authenticated(user)
            | Self::PasswordChanged(user, _)
            | Self::PasswordResetRequested(user, _)
            | Self::EmailChangeRequested(user, ..)
            | Self::EmailChanged(user, _)
            | Self::Deactivated(user)
            | Self::Reactivated(user)
            | Self::Deleted(user)
            | Self::Replaced(user) => Some(user),
        }
    }
}

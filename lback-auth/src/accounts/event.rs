//! Events of flows, which are sent as signals after the commit.

use lback_signals::__private::SendInSteps;
use lback_signals::{DispatchId, Signal};
use zeroize::Zeroizing;

use crate::accounts::{
    AuthenticationFailure, PasswordChange, SessionEndReason, UserAuthenticated,
    UserAuthenticationFailed, UserDeactivated, UserDeleted, UserEmailChanged, UserPasswordChanged,
    UserReactivated, UserRegistered, UserSessionEnded, UserSessionStarted,
};
use crate::audit::AuditBuffer;
use crate::auth_user::AuthUser;
use crate::session::SessionId;
use crate::store::InsertedSession;

/// The outcome of [`UserDeleted`] in the audit log where another registration replaced the account.
pub(super) const REPLACED: &str = "replaced";

/// A queued signal of a flow.
pub(super) enum FlowEvent<U> {
    Registered(U),
    Authenticated(U),
    AuthenticationFailed(FailedLogin<U>, AuthenticationFailure),
    PasswordChanged(U, PasswordChange),
    EmailChanged(U, String),
    SessionStarted(U, InsertedSession),
    SessionEnded(U, SessionId, SessionEndReason),
    Deactivated(U),
    Reactivated(U),
    Deleted(U),
    /// Deleted in favour of another account.
    Replaced(U),
}

/// The target of a failed sign-in.
pub(super) enum FailedLogin<U> {
    Account(U),
    /// The login as typed, if no account was found or searched.
    Typed(Zeroizing<String>),
}

impl<U: AuthUser> FailedLogin<U> {
    pub(super) fn signal(&self, reason: AuthenticationFailure) -> UserAuthenticationFailed<'_> {
        match self {
            Self::Account(user) => UserAuthenticationFailed::new(Some(user), reason),
            Self::Typed(typed) => UserAuthenticationFailed::new(None, reason).with_login(typed),
        }
    }
}

impl<U: AuthUser> FlowEvent<U> {
    /// Calls `call` with the signal. Returns `None` for a failed authentication: its signal is not durable, since the
    /// login may belong to no account.
    fn with_durable<T>(&self, call: impl FnOnce(&dyn SendInSteps) -> T) -> Option<T> {
        Some(match self {
            Self::Registered(user) => call(&UserRegistered::new(user)),
            Self::Authenticated(user) => call(&UserAuthenticated::new(user)),
            Self::AuthenticationFailed(..) => return None,
            Self::PasswordChanged(user, how) => call(&UserPasswordChanged::new(user, *how)),
            Self::EmailChanged(user, old) => call(&UserEmailChanged::new(user, old)),
            Self::SessionStarted(user, session) => call(&started(user, session)),
            Self::SessionEnded(user, session, reason) => {
                call(&UserSessionEnded::new(user, *session, *reason))
            }
            Self::Deactivated(user) => call(&UserDeactivated::new(user)),
            Self::Reactivated(user) => call(&UserReactivated::new(user)),
            Self::Deleted(user) | Self::Replaced(user) => call(&UserDeleted::new(user)),
        })
    }

    /// Enqueues the signal for its durable receivers. Returns the id of the dispatch that [`send`](Self::send)
    /// continues.
    pub(super) fn enqueue(&self) -> Option<DispatchId> {
        self.with_durable(|signal| signal.__enqueue()).flatten()
    }

    /// Sends the signal to its other receivers, in the dispatch that [`enqueue`](Self::enqueue) returned.
    pub(super) fn send(&self, dispatch: Option<DispatchId>) {
        if let Self::AuthenticationFailed(failed, reason) = self {
            drop(failed.signal(*reason).send());
        } else {
            drop(self.with_durable(|signal| signal.__send_enqueued(dispatch)));
        }
    }

    /// Returns the account that the event deletes.
    pub(super) fn deleted(&self) -> Option<&U> {
        match self {
            Self::Deleted(user) | Self::Replaced(user) => Some(user),
            _ => None,
        }
    }

    /// Appends the event to the audit log.
    pub(super) fn audit(&self, audit: &AuditBuffer) {
        let (signal, outcome) = match self {
            Self::Registered(_) => (UserRegistered::info(), "done"),
            Self::Authenticated(_) => (UserAuthenticated::info(), "granted"),
            Self::AuthenticationFailed(_, reason) => {
                (UserAuthenticationFailed::info(), reason.as_str())
            }
            Self::PasswordChanged(_, how) => (UserPasswordChanged::info(), how.as_str()),
            Self::EmailChanged(..) => (UserEmailChanged::info(), "done"),
            Self::SessionStarted(_, session) => (UserSessionStarted::info(), outcome_of(session)),
            Self::SessionEnded(_, _, reason) => (UserSessionEnded::info(), reason.as_str()),
            Self::Deactivated(_) => (UserDeactivated::info(), "done"),
            Self::Reactivated(_) => (UserReactivated::info(), "done"),
            Self::Deleted(_) => (UserDeleted::info(), "done"),
            Self::Replaced(_) => (UserDeleted::info(), REPLACED),
        };
        audit.note(signal.name(), outcome, self.user().and_then(AuthUser::id));
    }

    fn user(&self) -> Option<&U> {
        match self {
            Self::AuthenticationFailed(FailedLogin::Typed(_), _) => None,
            Self::AuthenticationFailed(FailedLogin::Account(user), _)
            | Self::Registered(user)
            | Self::Authenticated(user)
            | Self::PasswordChanged(user, _)
            | Self::EmailChanged(user, _)
            | Self::SessionStarted(user, _)
            | Self::SessionEnded(user, ..)
            | Self::Deactivated(user)
            | Self::Reactivated(user)
            | Self::Deleted(user)
            | Self::Replaced(user) => Some(user),
        }
    }
}

fn started<'a>(user: &'a dyn AuthUser, session: &InsertedSession) -> UserSessionStarted<'a> {
    let InsertedSession {
        id,
        is_new_client,
        is_new_user_agent,
    } = *session;
    UserSessionStarted::new(user, id, is_new_client, is_new_user_agent)
}

/// Returns the outcome of a started session in the audit log.
fn outcome_of(session: &InsertedSession) -> &'static str {
    match (session.is_new_client, session.is_new_user_agent) {
        (false, false) => "known",
        (true, false) => "new_client",
        (false, true) => "new_user_agent",
        (true, true) => "new_client_and_user_agent",
    }
}

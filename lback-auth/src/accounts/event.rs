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
    /// Enqueues the signal for its durable receivers, and returns the dispatch for [`send`](Self::send).
    pub(super) fn enqueue(&self) -> Option<DispatchId> {
        match self {
            Self::Registered(user) => UserRegistered::new(user).__enqueue(),
            Self::Authenticated(user) => UserAuthenticated::new(user).__enqueue(),
            Self::PasswordChanged(user, how) => UserPasswordChanged::new(user, *how).__enqueue(),
            Self::EmailChanged(user, old) => UserEmailChanged::new(user, old).__enqueue(),
            Self::SessionStarted(user, session) => started(user, session).__enqueue(),
            Self::SessionEnded(user, session, reason) => {
                UserSessionEnded::new(user, *session, *reason).__enqueue()
            }
            Self::Deactivated(user) => UserDeactivated::new(user).__enqueue(),
            Self::Reactivated(user) => UserReactivated::new(user).__enqueue(),
            Self::Deleted(user) | Self::Replaced(user) => UserDeleted::new(user).__enqueue(),
            // Not durable: it may be of no account.
            Self::AuthenticationFailed(..) => None,
        }
    }

    /// Sends the signal to its receivers, except durable ones. `dispatch` is what [`enqueue`](Self::enqueue) returned.
    pub(super) fn send(&self, dispatch: Option<DispatchId>) {
        let report = match self {
            Self::Registered(user) => UserRegistered::new(user).__send_enqueued(dispatch),
            Self::Authenticated(user) => UserAuthenticated::new(user).__send_enqueued(dispatch),
            Self::AuthenticationFailed(failed, reason) => failed.signal(*reason).send(),
            Self::PasswordChanged(user, how) => {
                UserPasswordChanged::new(user, *how).__send_enqueued(dispatch)
            }
            Self::EmailChanged(user, old) => {
                UserEmailChanged::new(user, old).__send_enqueued(dispatch)
            }
            Self::SessionStarted(user, session) => started(user, session).__send_enqueued(dispatch),
            Self::SessionEnded(user, session, reason) => {
                UserSessionEnded::new(user, *session, *reason).__send_enqueued(dispatch)
            }
            Self::Deactivated(user) => UserDeactivated::new(user).__send_enqueued(dispatch),
            Self::Reactivated(user) => UserReactivated::new(user).__send_enqueued(dispatch),
            Self::Deleted(user) | Self::Replaced(user) => {
                UserDeleted::new(user).__send_enqueued(dispatch)
            }
        };
        drop(report);
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
            Self::Replaced(_) => (UserDeleted::info(), "replaced"),
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

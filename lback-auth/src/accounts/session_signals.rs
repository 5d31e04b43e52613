//! Signals about sessions.

use crate::auth_user::AuthUser;
use crate::session::SessionId;
use crate::user_signal::user_signal;

user_signal! {
    /// Signal sent when a session has started. If its client or user agent is new, consider a mail that warns the user.
    UserSessionStarted {
        /// The session.
        session: SessionId,
        /// Whether no stored session of the account has the IP address of the request
        /// ([`RequestContext::client`](crate::RequestContext::client)). `false` if the request has no address.
        ///
        /// Whole addresses are compared, not networks; an IPv4-mapped IPv6 address is compared as IPv4. The store keeps
        /// sessions for this comparison until 30 days after their expiry
        /// ([`Session::KEPT_AFTER_EXPIRY`](crate::Session::KEPT_AFTER_EXPIRY)), also those that were
        /// signed out or replaced by a later sign-in, and deletes those that end for another reason.
        is_new_client: bool,
        /// Whether no stored session of the account has the user agent of the request: the first 200 printable
        /// characters of ASCII. `false` if the request has none. The same sessions are compared.
        is_new_user_agent: bool,
    } sent by "[`sign_in`](crate::Accounts::sign_in) or [`start_session`](crate::Accounts::start_session)"
        stored as "lback.user.session-started"
}

user_signal! {
    /// Signal sent when a session has ended before it expired.
    UserSessionEnded {
        /// The session.
        session: SessionId,
        /// The reason.
        reason: SessionEndReason,
    } sent by "a flow that ends sessions"
        stored as "lback.user.session-ended"
}

/// Reason why a session ended.
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
pub enum SessionEndReason {
    /// The user has signed out.
    SignedOut,
    /// The user or an administrator has ended the session.
    Revoked,
    /// The same client has started another session.
    Replaced,
    /// The password was changed in another session.
    PasswordChanged,
    /// The password was reset.
    PasswordReset,
    /// An address was confirmed by the link of a mail.
    EmailConfirmed,
    /// The account was deactivated.
    Deactivated,
    /// The account was deleted.
    Deleted,
}

impl SessionEndReason {
    /// Returns the outcome in the audit log.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::Replaced => "replaced",
            Self::PasswordChanged => "password_changed",
            Self::PasswordReset => "password_reset",
            Self::EmailConfirmed => "email_confirmed",
            Self::Deactivated => "deactivated",
            Self::Deleted => "deleted",
        }
    }
}

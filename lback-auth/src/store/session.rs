//! Arguments and outcomes of the store's operations on sessions.

use crate::session::{Session, SessionDigest, SessionId};
use crate::store::StoreError;

/// Result of a search for a session and its account.
pub(super) type FoundSession<U> = Result<Option<(Session, U)>, StoreError>;

/// An account, if there is one, and sessions of it.
pub(super) type AccountSessions<U> = Option<(U, Vec<Session>)>;

/// The sessions of an account that [`AccountStore::end_sessions`](crate::AccountStore::end_sessions) deletes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndSessions {
    /// All.
    All,
    /// All except the one of this token.
    Except(SessionDigest),
    /// The one with this number.
    One(SessionId),
}

/// Outcome of [`AccountStore::insert_session`](crate::AccountStore::insert_session).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InsertedSession {
    /// The number of the session.
    pub id: SessionId,
    /// Whether the session has an IP address ([`Session::client`](crate::Session::client)) that no other stored session
    /// of the account has, signed-out and expired ones included.
    pub is_new_client: bool,
    /// Whether the session has a user agent that no other stored session of the account has, likewise.
    pub is_new_user_agent: bool,
}

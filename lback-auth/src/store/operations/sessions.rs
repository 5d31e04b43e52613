//! Sessions of accounts.
//!
//! An account is locked before its sessions, so that a session that starts while all sessions end ends too, or does
//! not start.

use time::OffsetDateTime;

use super::{Connection, Id, find, lock};
use crate::session::{Session, SessionDigest};
use crate::store::session::AccountSessions;
use crate::store::table::parse_id;
use crate::store::{AccountStore, EndSessions, Ledger, StoreError};
use crate::user_id::UserId;

/// Finds a session and its account by two statements.
pub(in crate::store) async fn find_session<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    digest: &SessionDigest,
    now: OffsetDateTime,
) -> Result<Option<(Session, S::User)>, StoreError> {
    let found = store.ledger().find_session(connection, digest, now).await?;
    with_account(store, connection, found).await
}

pub(in crate::store) async fn sign_out<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    digest: &SessionDigest,
) -> Result<Option<(Session, S::User)>, StoreError> {
    let signed_out = store.ledger().sign_out(connection, digest).await?;
    with_account(store, connection, signed_out).await
}

pub(in crate::store) async fn end_sessions<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    (id, table_id): (&UserId, &Id<S>),
    which: EndSessions,
) -> Result<AccountSessions<S::User>, StoreError> {
    let Some(user) = lock(store, connection, table_id).await? else {
        return Ok(None);
    };
    let ended = store.ledger().end_sessions(connection, id, which).await?;
    Ok(Some((user, ended)))
}

async fn with_account<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    session: Option<Session>,
) -> Result<Option<(Session, S::User)>, StoreError> {
    let Some(session) = session else {
        return Ok(None);
    };
    let Some(id) = parse_id::<S::Table>(&session.user) else {
        return Ok(None);
    };
    let user = find(store, connection, &id).await?;
    Ok(user.map(|user| (session, user)))
}

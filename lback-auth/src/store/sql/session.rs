//! Sessions.

use sqlx::Pool;
use time::OffsetDateTime;

use super::quantity::{instant, micros};
use super::reading::read_alone;
use super::session_statements::{
    DELETE_SESSIONS, END_SESSIONS, FIND_SESSION, INSERT_SESSION, ROTATE_SESSION, SESSIONS,
    SIGN_OUT, TOUCH_SESSION,
};
use super::value::values;
use super::{Dialect, row};
use crate::session::{Remember, Session, SessionDigest, SessionId};
use crate::store::session::FoundSession;
use crate::store::{EndSessions, InsertedSession, StoreError};
use crate::user::User;
use crate::user_id::UserId;

pub(super) async fn find<D: Dialect>(
    connection: &mut D::Connection,
    digest: &SessionDigest,
    now: OffsetDateTime,
) -> Result<Option<Session>, StoreError> {
    let values = values![&digest.as_bytes()[..], micros(now)];
    let found = D::fetch_optional(connection, FIND_SESSION, values).await?;
    found.as_ref().map(read::<D>).transpose()
}

/// Finds a session and its account in the table of [`User`].
pub(super) async fn find_with_user<D: Dialect>(
    pool: &Pool<D>,
    digest: &SessionDigest,
    now: OffsetDateTime,
) -> FoundSession<User> {
    let values = values![&digest.as_bytes()[..], micros(now)];
    let found = read_alone::<D>(pool, D::FIND_SESSION_AND_ACCOUNT, values).await?;
    found
        .map(|found| Ok((read::<D>(&found)?, row::user::<D>(&found)?)))
        .transpose()
}

pub(super) async fn of_account<D: Dialect>(
    connection: &mut D::Connection,
    account: &UserId,
) -> Result<Vec<Session>, StoreError> {
    let rows = D::fetch_all(connection, SESSIONS, values![account.as_str()]).await?;
    rows.iter().map(read::<D>).collect()
}

pub(super) async fn insert<D: Dialect>(
    connection: &mut D::Connection,
    digest: &SessionDigest,
    session: &Session,
) -> Result<InsertedSession, StoreError> {
    let client = session.client.map(|client| client.to_string());
    let (client, user_agent) = (client.as_deref(), session.user_agent.as_deref());
    let account = session.user.as_str();
    let values = values![
        &digest.as_bytes()[..],
        account,
        micros(session.started_at),
        micros(session.last_seen_at),
        micros(session.authenticated_at),
        micros(session.idle_expires_at),
        micros(session.expires_at),
        session.remember == Remember::Yes,
        client,
        user_agent,
    ];
    let inserted = D::fetch_one(connection, INSERT_SESSION, values).await?;
    Ok(InsertedSession {
        id: SessionId(row::integer::<D>(&inserted, "number")?),
        is_new_client: client.is_some() && !D::read_bool(&inserted, "is_known_client")?,
        is_new_user_agent: user_agent.is_some() && !D::read_bool(&inserted, "is_known_user_agent")?,
    })
}

pub(super) async fn touch<D: Dialect>(
    connection: &mut D::Connection,
    digest: &SessionDigest,
    now: OffsetDateTime,
    idle_expires_at: OffsetDateTime,
    unless_seen_after: OffsetDateTime,
) -> Result<(), StoreError> {
    let values = values![
        &digest.as_bytes()[..],
        micros(now),
        micros(idle_expires_at),
        micros(unless_seen_after),
    ];
    D::execute(connection, TOUCH_SESSION, values).await?;
    Ok(())
}

pub(super) async fn rotate<D: Dialect>(
    connection: &mut D::Connection,
    account: &UserId,
    [old, new]: [&SessionDigest; 2],
    now: OffsetDateTime,
    authenticated_at: Option<OffsetDateTime>,
) -> Result<Option<Session>, StoreError> {
    let values = values![
        &old.as_bytes()[..],
        micros(now),
        &new.as_bytes()[..],
        authenticated_at.map(micros),
        account.as_str(),
    ];
    let rotated = D::fetch_optional(connection, ROTATE_SESSION, values).await?;
    rotated.as_ref().map(read::<D>).transpose()
}

pub(super) async fn sign_out<D: Dialect>(
    connection: &mut D::Connection,
    digest: &SessionDigest,
) -> Result<Option<Session>, StoreError> {
    let values = values![&digest.as_bytes()[..]];
    let signed_out = D::fetch_optional(connection, SIGN_OUT, values).await?;
    signed_out.as_ref().map(read::<D>).transpose()
}

pub(super) async fn end<D: Dialect>(
    connection: &mut D::Connection,
    account: &UserId,
    which: EndSessions,
) -> Result<Vec<Session>, StoreError> {
    let (kept, number) = match &which {
        EndSessions::All => (None, None),
        EndSessions::Except(digest) => (Some(&digest.as_bytes()[..]), None),
        EndSessions::One(SessionId(number)) => (None, Some(*number)),
    };
    let values = values![account.as_str(), kept, number];
    let ended = D::fetch_all(connection, END_SESSIONS, values).await?;
    ended.iter().map(read::<D>).collect()
}

pub(super) async fn delete<D: Dialect>(
    connection: &mut D::Connection,
    accounts: [Option<&UserId>; 2],
) -> Result<(), StoreError> {
    let [one, two] = accounts.map(|account| account.map(UserId::as_str));
    D::execute(connection, DELETE_SESSIONS, values![one, two]).await?;
    Ok(())
}

pub(super) fn read<D: Dialect>(row: &D::Row) -> Result<Session, StoreError> {
    let at = |column| instant(row::integer::<D>(row, column)?);
    let client = D::read_text(row, "client")?;
    let client = client.map(|client| row::client(&client)).transpose()?;
    let user = UserId::new(row::text::<D>(row, "account")?);
    Ok(Session {
        id: SessionId(row::integer::<D>(row, "number")?),
        user,
        started_at: at("started_at")?,
        last_seen_at: at("last_seen_at")?,
        authenticated_at: at("authenticated_at")?,
        idle_expires_at: at("idle_expires_at")?,
        expires_at: at("expires_at")?,
        client,
        user_agent: D::read_text(row, "user_agent")?,
        remember: if D::read_bool(row, "is_remembered")? {
            Remember::Yes
        } else {
            Remember::No
        },
        is_signed_out: D::read_bytes(row, "digest")?.is_none(),
    })
}

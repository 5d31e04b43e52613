//! Accounts.

use time::OffsetDateTime;

use super::super::{Connection, Row, SAVEPOINT, meaning};
use super::row;
use crate::store::sql::quantity::micros;
use crate::store::sql::statements::{
    DELETE, DELETE_IN_THE_WAY, DELETE_IN_THE_WAY_OF_EMAIL, FIND, FIND_BY_EMAIL, FIND_BY_LOGIN,
    GO_BACK, HOLDER_OF_USERNAME, INSERT, MARK_VERIFIED, PAGE, RELEASE, SET_ACTIVE, SET_EMAIL,
    SET_PASSWORD,
};
use crate::{EmailSet, Expected, Inserted, NormalForm, Password, SessionEpoch, StoreError, User};

pub(super) async fn find(connection: &mut Connection, id: i64) -> Result<Option<User>, StoreError> {
    let row = sqlx::query(FIND).bind(id).fetch_optional(connection).await;
    user(row)
}

pub(super) async fn find_by_login(
    connection: &mut Connection,
    login: &NormalForm,
) -> Result<Option<User>, StoreError> {
    if login.is_empty() {
        return Ok(None);
    }
    let query = sqlx::query(FIND_BY_LOGIN).bind(login.as_str());
    user(query.fetch_optional(connection).await)
}

pub(super) async fn find_by_email(
    connection: &mut Connection,
    email: &NormalForm,
) -> Result<Option<User>, StoreError> {
    if email.is_empty() {
        return Ok(None);
    }
    let query = sqlx::query(FIND_BY_EMAIL).bind(email.as_str());
    user(query.fetch_optional(connection).await)
}

pub(super) async fn page(
    connection: &mut Connection,
    after: i64,
    limit: u32,
) -> Result<Vec<User>, StoreError> {
    let query = sqlx::query(PAGE).bind(after).bind(i64::from(limit));
    let rows = query.fetch_all(connection).await.map_err(meaning)?;
    rows.iter().map(row::user).collect()
}

/// Whether the address is taken shows in no number of statements: whoever tries addresses might
/// count them by the clock.
pub(super) async fn insert(
    connection: &mut Connection,
    user: &User,
    replaces_unverified: bool,
    now: OffsetDateTime,
) -> Result<Inserted<User>, StoreError> {
    let parts = user.clone().into_parts();
    let username_key = NormalForm::of(&parts.username);
    let email_key = NormalForm::of(&parts.email);
    if username_key.is_empty() || email_key.is_empty() {
        return Ok(Inserted::Unstorable);
    }

    raw(connection, SAVEPOINT).await?;
    let replaced = sqlx::query(DELETE_IN_THE_WAY)
        .bind(username_key.as_str())
        .bind(email_key.as_str())
        .bind(replaces_unverified)
        .fetch_all(&mut *connection)
        .await
        .map_err(meaning)?;
    let inserted = sqlx::query(INSERT)
        .bind(&parts.username)
        .bind(username_key.as_str())
        .bind(&parts.email)
        .bind(email_key.as_str())
        .bind(parts.email_verification.verified_email())
        .bind(parts.password.stored())
        .bind(&parts.password.epoch().as_bytes()[..])
        .bind(parts.active)
        .bind(micros(now))
        .fetch_optional(&mut *connection)
        .await
        .map_err(meaning)?;
    let holder = sqlx::query(HOLDER_OF_USERNAME)
        .bind(username_key.as_str())
        .fetch_optional(&mut *connection)
        .await
        .map_err(meaning)?;
    let end = if inserted.is_some() { RELEASE } else { GO_BACK };
    raw(connection, end).await?;

    match (inserted, holder) {
        (Some(row), _) => Ok(Inserted::Stored {
            user: row::user(&row)?,
            replaced: replaced.iter().map(row::user).collect::<Result<_, _>>()?,
        }),
        (None, Some(_)) => Ok(Inserted::UsernameTaken),
        (None, None) => Ok(Inserted::EmailTaken),
    }
}

pub(super) async fn set_password(
    connection: &mut Connection,
    id: i64,
    expected: Expected<'_>,
    password: &Password,
) -> Result<Option<User>, StoreError> {
    let expected = match expected {
        Expected::Any => None,
        Expected::Stored(stored) => Some(stored),
    };
    let query = sqlx::query(SET_PASSWORD)
        .bind(id)
        .bind(password.stored())
        .bind(&password.epoch().as_bytes()[..])
        .bind(expected.is_none())
        .bind(expected.and_then(Password::stored))
        .bind(expected.map(|stored| stored.epoch().as_bytes().to_vec()));
    user(query.fetch_optional(connection).await)
}

pub(super) async fn mark_verified(
    connection: &mut Connection,
    id: i64,
    email: &str,
) -> Result<Option<User>, StoreError> {
    let query = sqlx::query(MARK_VERIFIED).bind(id).bind(email);
    user(query.fetch_optional(connection).await)
}

pub(super) async fn set_email(
    connection: &mut Connection,
    id: i64,
    old: &str,
    new: &str,
    replaces_unverified: bool,
) -> Result<EmailSet<User>, StoreError> {
    let key = NormalForm::of(new);
    if key.is_empty() {
        return Ok(EmailSet::Unstorable);
    }
    raw(connection, SAVEPOINT).await?;
    let replaced = sqlx::query(DELETE_IN_THE_WAY_OF_EMAIL)
        .bind(key.as_str())
        .bind(id)
        .bind(replaces_unverified)
        .fetch_optional(&mut *connection)
        .await;
    let replaced = user(replaced)?;
    let set = sqlx::query(SET_EMAIL)
        .bind(id)
        .bind(old)
        .bind(new)
        .bind(key.as_str())
        .fetch_optional(&mut *connection)
        .await;
    let is_taken =
        matches!(&set, Err(sqlx::Error::Database(answer)) if answer.is_unique_violation());
    let end = if matches!(set, Ok(Some(_))) {
        RELEASE
    } else {
        GO_BACK
    };
    if set.is_ok() || is_taken {
        raw(connection, end).await?;
    }
    match set {
        Ok(Some(row)) => Ok(EmailSet::Set {
            user: row::user(&row)?,
            replaced,
        }),
        Ok(None) => Ok(EmailSet::Changed),
        Err(_) if is_taken => Ok(EmailSet::Taken),
        Err(error) => Err(meaning(error)),
    }
}

pub(super) async fn set_active(
    connection: &mut Connection,
    id: i64,
    is_active: bool,
    epoch: SessionEpoch,
) -> Result<Option<User>, StoreError> {
    let query = sqlx::query(SET_ACTIVE)
        .bind(id)
        .bind(is_active)
        .bind(&epoch.as_bytes()[..]);
    user(query.fetch_optional(connection).await)
}

pub(super) async fn delete(
    connection: &mut Connection,
    id: i64,
) -> Result<Option<User>, StoreError> {
    let row = sqlx::query(DELETE).bind(id).fetch_optional(connection);
    user(row.await)
}

fn user(row: Result<Option<Row>, sqlx::Error>) -> Result<Option<User>, StoreError> {
    row.map_err(meaning)?.as_ref().map(row::user).transpose()
}

async fn raw(connection: &mut Connection, sql: &'static str) -> Result<(), StoreError> {
    let done = sqlx::raw_sql(sql).execute(connection).await;
    done.map(drop).map_err(meaning)
}

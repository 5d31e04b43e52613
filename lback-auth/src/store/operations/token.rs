//! Tokens that are out.

use time::OffsetDateTime;

use super::super::{CONSUME_TOKEN, Connection, PUT_TOKEN, TAKE_TURN, meaning};
use super::row;
use crate::store::sql::quantity::micros;
use crate::store::sql::statements::{END_TOKENS, FIND_BY_TOKEN};
use crate::{PendingToken, StoreError, TokenKey, TokenOwner, TokenPurpose, User};

pub(super) async fn owner_of(
    connection: &mut Connection,
    token: &TokenKey,
    now: OffsetDateTime,
) -> Result<Option<(User, String)>, StoreError> {
    let row = sqlx::query(FIND_BY_TOKEN)
        .bind(&token.digest()[..])
        .bind(token.purpose().as_str())
        .bind(micros(now))
        .fetch_optional(connection)
        .await
        .map_err(meaning)?;
    row.map(|row| Ok((row::user(&row)?, row::column(&row, "token_email")?)))
        .transpose()
}

pub(super) async fn put(
    connection: &mut Connection,
    account: i64,
    purpose: TokenPurpose,
    token: &PendingToken,
) -> Result<bool, StoreError> {
    let kept = sqlx::query(PUT_TOKEN)
        .bind(account)
        .bind(purpose.as_str())
        .bind(&token.digest()[..])
        .bind(token.email())
        .bind(micros(token.issued_at()))
        .bind(micros(token.expires_at()))
        .execute(connection)
        .await
        .map_err(meaning)?;
    Ok(kept.rows_affected() == 1)
}

pub(super) async fn consume(
    connection: &mut Connection,
    token: &TokenKey,
    now: OffsetDateTime,
) -> Result<Option<TokenOwner>, StoreError> {
    // Another address follows, for which accounts may have to give way, and this locks the first.
    if token.purpose() == TokenPurpose::EmailChange
        && let Some(statement) = TAKE_TURN
    {
        let turn = sqlx::raw_sql(statement).execute(&mut *connection);
        turn.await.map_err(meaning)?;
    }
    let row = sqlx::query(CONSUME_TOKEN)
        .bind(&token.digest()[..])
        .bind(token.purpose().as_str())
        .bind(micros(now))
        .fetch_optional(connection)
        .await
        .map_err(meaning)?;
    row.map(|row| {
        Ok(TokenOwner {
            id: row::id(&row, "account")?,
            email: row::column(&row, "email")?,
        })
    })
    .transpose()
}

pub(super) async fn end_all(connection: &mut Connection, account: i64) -> Result<(), StoreError> {
    let ended = sqlx::query(END_TOKENS).bind(account).execute(connection);
    ended.await.map(drop).map_err(meaning)
}

//! Tokens.

use time::OffsetDateTime;

use super::quantity::micros;
use super::statements::{DELETE_TOKEN, DELETE_TOKENS, FIND_TOKEN, PUT_TOKEN};
use super::value::values;
use super::{Dialect, row};
use crate::store::{StoreError, TokenKey, TokenOwner};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

pub(super) async fn find<D: Dialect>(
    connection: &mut D::Connection,
    token: &TokenKey,
    now: OffsetDateTime,
) -> Result<Option<TokenOwner>, StoreError> {
    let values = values![&token.digest()[..], token.purpose().as_str(), micros(now)];
    let found = D::fetch_optional(connection, FIND_TOKEN, values).await?;
    found
        .map(|found| {
            Ok(TokenOwner {
                id: UserId::new(row::text::<D>(&found, "account")?),
                email: row::text::<D>(&found, "email")?,
            })
        })
        .transpose()
}

pub(super) async fn put<D: Dialect>(
    connection: &mut D::Connection,
    account: &UserId,
    purpose: TokenPurpose,
    token: &PendingToken,
) -> Result<(), StoreError> {
    let values = values![
        account.as_str(),
        purpose.as_str(),
        &token.digest()[..],
        token.email(),
        micros(token.issued_at()),
        micros(token.expires_at()),
    ];
    D::execute(connection, PUT_TOKEN, values).await?;
    Ok(())
}

pub(super) async fn delete<D: Dialect>(
    connection: &mut D::Connection,
    token: &TokenKey,
    account: &UserId,
    now: OffsetDateTime,
) -> Result<bool, StoreError> {
    let values = values![
        &token.digest()[..],
        token.purpose().as_str(),
        micros(now),
        account.as_str(),
    ];
    Ok(D::execute(connection, DELETE_TOKEN, values).await? == 1)
}

pub(super) async fn delete_all<D: Dialect>(
    connection: &mut D::Connection,
    accounts: [Option<&UserId>; 2],
) -> Result<(), StoreError> {
    let [one, two] = accounts.map(|account| account.map(UserId::as_str));
    D::execute(connection, DELETE_TOKENS, values![one, two]).await?;
    Ok(())
}

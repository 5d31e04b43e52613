//! Tokens of accounts.
//!
//! An account is locked before its tokens, also where both are deleted, so that no two transactions
//! wait for each other.

use time::OffsetDateTime;

use super::{Connection, Id, lock};
use crate::store::table::parse_id;
use crate::store::{AccountStore, Ledger, StoreError, TokenKey, TokenOwner};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

/// The account stays locked, so that a transaction that deletes it or ends its tokens runs before this
/// one or sees the token.
pub(in crate::store) async fn put_token<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    (id, table_id): (&UserId, &Id<S>),
    purpose: TokenPurpose,
    token: &PendingToken,
) -> Result<bool, StoreError> {
    let is_there = lock(store, connection, table_id).await?.is_some();
    if is_there {
        let ledger = store.ledger();
        ledger.put_token(connection, id, purpose, token).await?;
    }
    Ok(is_there)
}

pub(in crate::store) async fn consume_token<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    token: &TokenKey,
    now: OffsetDateTime,
) -> Result<Option<TokenOwner>, StoreError> {
    let ledger = store.ledger();
    // The change of address that follows may replace an account, and the lock of replacements is the
    // first lock of a transaction.
    if token.purpose() == TokenPurpose::EmailChange {
        ledger.lock_replacements(connection).await?;
    }
    let Some(owner) = ledger.find_token(connection, token, now).await? else {
        return Ok(None);
    };
    let Some(id) = parse_id::<S::Table>(&owner.id) else {
        return Ok(None);
    };
    if lock(store, connection, &id).await?.is_none() {
        return Ok(None);
    }
    let is_deleted = ledger
        .delete_token(connection, token, &owner.id, now)
        .await?;
    Ok(is_deleted.then_some(owner))
}

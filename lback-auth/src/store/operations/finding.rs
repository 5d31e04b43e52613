//! Finding accounts.

use time::OffsetDateTime;

use super::{Connection, Id, find_exact, has_email, has_username};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::table::parse_id;
use crate::store::{
    AccountKeys, AccountStore, AccountTable, Ledger, RowLock, StoreError, TokenKey,
};

pub(in crate::store) async fn find<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
) -> Result<Option<S::User>, StoreError> {
    find_exact(store, connection, id, RowLock::None).await
}

pub(in crate::store) async fn find_by_login<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    login: &NormalForm,
) -> Result<Option<S::User>, StoreError> {
    let login = login.as_str();
    let keys = AccountKeys {
        username: Some(login),
        email: Some(login),
    };
    let table = store.table();
    let mut found = table.find_by_keys(connection, keys, RowLock::None).await?;
    // One account is the usual case, and normal forms take time.
    if found.len() > 1 {
        found.sort_by_key(|user| rank(user, login));
    }
    Ok(found.into_iter().next())
}

/// Ranks an account that has this login: the lowest rank signs in.
fn rank(user: &impl AuthUser, login: &str) -> u8 {
    if user.is_email_verified() && has_email(user, login) {
        0
    } else if has_username(user, login) {
        1
    } else {
        2
    }
}

pub(in crate::store) async fn find_by_email<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    email: &NormalForm,
) -> Result<Option<S::User>, StoreError> {
    let keys = AccountKeys {
        username: None,
        email: Some(email.as_str()),
    };
    let table = store.table();
    let found = table.find_by_keys(connection, keys, RowLock::None).await?;
    Ok(found.into_iter().next())
}

pub(in crate::store) async fn find_by_token<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    token: &TokenKey,
    now: OffsetDateTime,
) -> Result<Option<(S::User, String)>, StoreError> {
    let Some(owner) = store.ledger().find_token(connection, token, now).await? else {
        return Ok(None);
    };
    let Some(id) = parse_id::<S::Table>(&owner.id) else {
        return Ok(None);
    };
    let user = find(store, connection, &id).await?;
    Ok(user.map(|user| (user, owner.email)))
}

//! Changing an address.

use super::{Connection, Id, has_email, lock, remove};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::{
    AccountColumns, AccountKeys, AccountStore, AccountTable, EmailSet, Ledger, RowLock, StoreError,
    UnverifiedHolders,
};

/// Runs the same statements whether the address is free, taken or held by a replaceable account.
pub(in crate::store) async fn set_email<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
    old: &str,
    new: &str,
    holders: UnverifiedHolders,
) -> Result<EmailSet<S::User>, StoreError> {
    let key = NormalForm::of(new);
    if key.is_empty() {
        return Ok(EmailSet::Unstorable);
    }
    let (table, ledger) = (store.table(), store.ledger());
    ledger.set_savepoint(connection).await?;
    let user = lock(store, connection, id).await?;
    let Some(user) = user.filter(|user| user.email() == old) else {
        ledger.roll_back_to_savepoint(connection).await?;
        return Ok(EmailSet::Changed);
    };
    let mut columns = AccountColumns::of(&user);
    let keys = AccountKeys {
        username: columns.username_is_email().then_some(key.as_str()),
        email: Some(key.as_str()),
    };
    let own = user.id();
    let lock = RowLock::ForUpdate;
    let mut replaced = table.find_by_keys(connection, keys, lock).await?;
    replaced.retain(|holder| holder.id() != own);
    // An account that has it only as a username stays, as for a new account with this address.
    let is_taken = replaced
        .iter()
        .any(|holder| !holders.may_replace(holder) || !has_email(holder, key.as_str()));
    if is_taken {
        replaced.clear();
    } else {
        columns.set_verified_email(new);
    }
    remove(store, connection, &replaced).await?;
    let set = match table.update(connection, id, &columns).await {
        Ok(user) => Some(user),
        Err(StoreError::UniqueViolation(_)) => None,
        Err(error) => return Err(error),
    };
    if let (false, Some(user)) = (is_taken, set) {
        ledger.release_savepoint(connection).await?;
        let replaced = replaced.pop();
        return Ok(EmailSet::Set { user, replaced });
    }
    ledger.roll_back_to_savepoint(connection).await?;
    Ok(EmailSet::Taken)
}

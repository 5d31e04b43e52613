//! Inserting, changing and deleting accounts.
//!
//! A change is a compare-and-set: the row is locked and read, compared here, and written as a whole.

use time::OffsetDateTime;

use super::{Connection, Id, has_username, lock, remove};
use crate::auth_user::AuthUser;
use crate::password::Password;
use crate::session::SessionEpoch;
use crate::store::{
    AccountColumns, AccountKeys, AccountStore, AccountTable, Expected, Inserted, Ledger, RowLock,
    StoreError, UnverifiedHolders,
};

/// Runs the same statements whether the name and the address are free, taken or held by a
/// replaceable account.
pub(in crate::store) async fn insert<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    user: &S::User,
    holders: UnverifiedHolders,
    now: OffsetDateTime,
) -> Result<Inserted<S::User>, StoreError> {
    let columns = AccountColumns::of(user);
    if columns.username_key.is_empty() || columns.email_key.is_empty() {
        return Ok(Inserted::Unstorable);
    }
    let keys = AccountKeys {
        username: Some(&columns.username_key),
        email: Some(&columns.email_key),
    };
    let (table, ledger) = (store.table(), store.ledger());
    ledger.set_savepoint(connection).await?;
    let lock = RowLock::ForUpdate;
    let mut replaced = table.find_by_keys(connection, keys, lock).await?;
    let is_kept = |user: &&S::User| !holders.may_replace(*user);
    let mut taken = taken_by(replaced.iter().filter(is_kept), &columns);
    if taken.is_some() {
        replaced.clear();
    }
    remove(store, connection, &replaced).await?;
    let (inserted, violation) = match table.insert(connection, user, &columns, now).await {
        Ok(inserted) => (inserted, None),
        Err(StoreError::UniqueViolation(violation)) => (None, Some(violation)),
        Err(error) => return Err(error),
    };
    if let (None, Some(user)) = (&taken, inserted) {
        ledger.release_savepoint(connection).await?;
        return Ok(Inserted::Stored { user, replaced });
    }
    ledger.roll_back_to_savepoint(connection).await?;
    if taken.is_none() {
        // User code inserted one of the keys concurrently without the lock, or a constraint of the
        // application refuses the row. The replaced accounts are back, so they do not count.
        let holders = table.find_by_keys(connection, keys, RowLock::None).await?;
        let was_replaced = |holder: &S::User| replaced.iter().any(|user| user.id() == holder.id());
        let others = holders.iter().filter(|holder| !was_replaced(holder));
        taken = taken_by(others, &columns);
    }
    taken.ok_or_else(|| {
        let unknown = || "the table refuses an account whose name and address are free".into();
        StoreError::UniqueViolation(violation.unwrap_or_else(unknown))
    })
}

/// Returns which of its keys a new account cannot have because of these holders.
fn taken_by<'a, U: AuthUser, V>(
    holders: impl Iterator<Item = &'a U>,
    columns: &AccountColumns,
) -> Option<Inserted<V>> {
    let mut taken = None;
    for holder in holders {
        if has_username(holder, &columns.username_key) {
            return Some(Inserted::UsernameTaken);
        }
        taken = Some(Inserted::EmailTaken);
    }
    taken
}

pub(in crate::store) async fn lock_if<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
    expected: Expected<'_>,
) -> Result<Option<S::User>, StoreError> {
    let user = lock(store, connection, id).await?;
    Ok(user.filter(|user| expected.is_met_by(user.__fields().password)))
}

pub(in crate::store) async fn set_password<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
    expected: Expected<'_>,
    password: &Password,
) -> Result<Option<S::User>, StoreError> {
    let user = lock_if(store, connection, id, expected).await?;
    change(store, connection, id, user, |columns| {
        columns.set_password(password);
    })
    .await
}

pub(in crate::store) async fn mark_verified<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
    email: &str,
) -> Result<Option<S::User>, StoreError> {
    let user = lock(store, connection, id).await?;
    let user = user.filter(|user| user.email() == email);
    change(store, connection, id, user, |columns| {
        columns.verified_email = Some(columns.email.clone());
    })
    .await
}

pub(in crate::store) async fn set_active<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
    is_active: bool,
    epoch: SessionEpoch,
) -> Result<Option<S::User>, StoreError> {
    let user = lock(store, connection, id).await?;
    change(store, connection, id, user, |columns| {
        columns.is_active = is_active;
        columns.set_epoch(epoch);
    })
    .await
}

pub(in crate::store) async fn delete<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
) -> Result<Option<S::User>, StoreError> {
    let user = lock(store, connection, id).await?;
    if let Some(user) = &user {
        remove(store, connection, std::slice::from_ref(user)).await?;
    }
    Ok(user)
}

/// Changes the columns of an account that the transaction has locked.
async fn change<S: AccountStore>(
    store: &S,
    connection: &mut Connection<S>,
    id: &Id<S>,
    locked: Option<S::User>,
    change: impl FnOnce(&mut AccountColumns) + Send,
) -> Result<Option<S::User>, StoreError> {
    let Some(user) = locked else {
        return Ok(None);
    };
    let mut columns = AccountColumns::of(&user);
    change(&mut columns);
    let changed = store.table().update(connection, id, &columns).await?;
    Ok(Some(changed))
}

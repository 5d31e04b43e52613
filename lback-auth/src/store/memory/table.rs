//! The table of accounts.

use std::sync::Arc;

use time::OffsetDateTime;

use super::numbered::Numbered;
use super::state::MemoryConnection;
use crate::email_verification::EmailVerification;
use crate::password::Password;
use crate::store::{AccountColumns, AccountKeys, AccountTable, RowLock, StoreError};
use crate::user::{User, UserParts};
use crate::user_id::UserId;

/// The [`AccountTable`] of a [`MemoryStore`](crate::MemoryStore).
#[derive(Clone, Copy, Debug, Default)]
pub struct MemoryTable;

impl AccountTable for MemoryTable {
    type User = User;
    type Id = i64;
    type Connection = MemoryConnection;

    const NAME: &'static str = "users";

    async fn find(
        &self,
        connection: &mut MemoryConnection,
        id: &i64,
        _: RowLock,
    ) -> Result<Option<User>, StoreError> {
        let columns = connection.read().accounts.get(*id);
        columns.map(|columns| user(*id, columns)).transpose()
    }

    async fn find_by_keys(
        &self,
        connection: &mut MemoryConnection,
        keys: AccountKeys<'_>,
        _: RowLock,
    ) -> Result<Vec<User>, StoreError> {
        let rows = connection.read().accounts.after(None);
        rows.filter(|(_, columns)| holds(columns, keys))
            .map(|(id, columns)| user(id, columns))
            .collect()
    }

    async fn page(
        &self,
        connection: &mut MemoryConnection,
        after: Option<&i64>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let rows = connection.read().accounts.after(after.copied());
        rows.take(limit as usize)
            .map(|(id, columns)| user(id, columns))
            .collect()
    }

    async fn insert(
        &self,
        connection: &mut MemoryConnection,
        _: &User,
        columns: &AccountColumns,
        _: OffsetDateTime,
    ) -> Result<Option<User>, StoreError> {
        let accounts = &mut connection.write().accounts;
        if is_taken(accounts, columns, None) {
            return Ok(None);
        }
        let id = accounts.push(Arc::new(columns.clone()));
        user(id, columns).map(Some)
    }

    async fn update(
        &self,
        connection: &mut MemoryConnection,
        id: &i64,
        columns: &AccountColumns,
    ) -> Result<User, StoreError> {
        let accounts = &mut connection.write().accounts;
        if is_taken(accounts, columns, Some(*id)) {
            return Err(StoreError::UniqueViolation("a key is taken".into()));
        }
        let row = accounts.get_mut(*id);
        let row = row.ok_or_else(|| StoreError::Refused("no account has this id".into()))?;
        *row = Arc::new(columns.clone());
        user(*id, columns)
    }

    async fn delete(
        &self,
        connection: &mut MemoryConnection,
        ids: [Option<&i64>; 2],
    ) -> Result<(), StoreError> {
        for id in ids.into_iter().flatten() {
            connection.write().accounts.remove(*id);
        }
        Ok(())
    }
}

fn user(id: i64, columns: &AccountColumns) -> Result<User, StoreError> {
    let mut parts = UserParts::new(columns.username.clone(), columns.email.clone());
    parts.id = Some(UserId::new(id));
    parts.password = Password::from_columns(columns.password.clone(), &columns.epoch)?;
    parts.email_verification = EmailVerification::from_parts(columns.verified_email.clone(), None);
    parts.active = columns.is_active;
    Ok(User::from_parts(parts))
}

/// Returns whether an account other than this one has one of these keys.
fn is_taken(
    accounts: &Numbered<Arc<AccountColumns>>,
    new: &AccountColumns,
    own: Option<i64>,
) -> bool {
    let keys = AccountKeys {
        username: Some(&new.username_key),
        email: Some(&new.email_key),
    };
    let mut rows = accounts.after(None);
    rows.any(|(id, columns)| Some(id) != own && holds(columns, keys))
}

fn holds(columns: &AccountColumns, keys: AccountKeys<'_>) -> bool {
    keys.username == Some(&*columns.username_key) || keys.email == Some(&*columns.email_key)
}

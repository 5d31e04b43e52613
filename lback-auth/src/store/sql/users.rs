//! The table of `User`.

use std::marker::PhantomData;

use time::OffsetDateTime;

use super::quantity::micros;
use super::statements::{
    DELETE_ACCOUNTS, FIND, FIND_BY_KEYS, INSERT_ACCOUNT, PAGE, UPDATE_ACCOUNT,
};
use super::value::values;
use super::{Dialect, Value, row};
use crate::session::SessionDigest;
use crate::store::session::FoundSession;
use crate::store::{AccountColumns, AccountKeys, AccountTable, Ledger, RowLock, StoreError};
use crate::user::User;

/// The name of the table.
pub(super) const USER_TABLE: &str = "lback_account";

/// The [`AccountTable`] of [`User`] in a SQL database: `lback_account`.
///
/// See `SCHEMA.md` in the crate's folder for its columns.
#[derive(Debug)]
pub struct UserTable<D>(PhantomData<fn() -> D>);

impl<D> UserTable<D> {
    pub(in crate::store) fn new() -> Self {
        Self(PhantomData)
    }
}

impl<D> Clone for UserTable<D> {
    fn clone(&self) -> Self {
        Self::new()
    }
}

impl<D: Dialect> AccountTable for UserTable<D> {
    type User = User;
    type Id = i64;
    type Connection = D::Connection;

    const NAME: &'static str = USER_TABLE;

    async fn find(
        &self,
        connection: &mut D::Connection,
        id: &i64,
        lock: RowLock,
    ) -> Result<Option<User>, StoreError> {
        let statement = match lock {
            RowLock::None => FIND,
            RowLock::ForUpdate => D::FIND_LOCKED,
        };
        let found = D::fetch_optional(connection, statement, values![*id]).await?;
        found.as_ref().map(row::user::<D>).transpose()
    }

    async fn find_by_keys(
        &self,
        connection: &mut D::Connection,
        keys: AccountKeys<'_>,
        lock: RowLock,
    ) -> Result<Vec<User>, StoreError> {
        let statement = match lock {
            RowLock::None => FIND_BY_KEYS,
            RowLock::ForUpdate => D::FIND_BY_KEYS_LOCKED,
        };
        let values = values![keys.username, keys.email];
        let found = D::fetch_all(connection, statement, values).await?;
        found.iter().map(row::user::<D>).collect()
    }

    async fn page(
        &self,
        connection: &mut D::Connection,
        after: Option<&i64>,
        limit: u32,
    ) -> Result<Vec<User>, StoreError> {
        let after = after.copied().unwrap_or(i64::MIN);
        let values = values![after, i64::from(limit)];
        let page = D::fetch_all(connection, PAGE, values).await?;
        page.iter().map(row::user::<D>).collect()
    }

    async fn insert(
        &self,
        connection: &mut D::Connection,
        _: &User,
        columns: &AccountColumns,
        registered_at: OffsetDateTime,
    ) -> Result<Option<User>, StoreError> {
        let values = with(columns, micros(registered_at));
        let inserted = D::fetch_optional(connection, INSERT_ACCOUNT, &values).await?;
        inserted.as_ref().map(row::user::<D>).transpose()
    }

    async fn update(
        &self,
        connection: &mut D::Connection,
        id: &i64,
        columns: &AccountColumns,
    ) -> Result<User, StoreError> {
        let updated = D::fetch_one(connection, UPDATE_ACCOUNT, &with(columns, *id)).await?;
        row::user::<D>(&updated)
    }

    async fn delete(
        &self,
        connection: &mut D::Connection,
        ids: [Option<&i64>; 2],
    ) -> Result<(), StoreError> {
        let [one, two] = ids.map(Option::<&i64>::copied);
        D::execute(connection, DELETE_ACCOUNTS, values![one, two]).await?;
        Ok(())
    }

    fn __find_session(
        &self,
        ledger: &impl Ledger,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> Option<impl Future<Output = FoundSession<User>> + Send> {
        ledger.__find_session_and_user(digest, now)
    }
}

/// The columns, and one more argument.
fn with(columns: &AccountColumns, last: i64) -> Vec<Value<'_>> {
    let mut values = columns.values().to_vec();
    values.push(last.into());
    values
}

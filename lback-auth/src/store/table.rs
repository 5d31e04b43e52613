//! The part of a store that an application implements for its own account type.

use std::fmt::Display;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::auth_user::AuthUser;
use crate::store::{AccountColumns, StoreError};
use crate::user_id::UserId;

/// The table of an application's accounts.
pub trait AccountTable: Clone + Send + Sync + 'static {
    /// The account type.
    type User: AuthUser + Clone;

    /// The type of the id column, such as `i64`, `Uuid` or `String`.
    ///
    /// Its `Display` text is the account's [`UserId`]. A [`UserId`] with another text, such as `+7`
    /// for `7`, is the id of no account and reaches no method of the table.
    type Id: Display + FromStr + Send + Sync + 'static;

    /// The connection of the store's database, such as `sqlx::SqliteConnection`.
    type Connection: Send;

    /// Returns the account with this id.
    fn find(
        &self,
        connection: &mut Self::Connection,
        id: &Self::Id,
        lock: RowLock,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// Returns the accounts that have one of these keys: at most two.
    fn find_by_keys(
        &self,
        connection: &mut Self::Connection,
        keys: AccountKeys<'_>,
        lock: RowLock,
    ) -> impl Future<Output = Result<Vec<Self::User>, StoreError>> + Send;

    /// Returns at most `limit` accounts in the order of insertion, starting after the account
    /// `after` or with the first.
    fn page(
        &self,
        connection: &mut Self::Connection,
        after: Option<&Self::Id>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Self::User>, StoreError>> + Send;

    /// Inserts an account and returns it as stored, with an id that no account had before. Returns
    /// `None` if another account has one of its keys.
    ///
    /// Bind `columns`, and take the application's own columns from `user`. A statement that fails
    /// with [`StoreError::UniqueViolation`] is as good as `None`; `ON CONFLICT DO NOTHING` keeps
    /// the address out of the database's log.
    fn insert(
        &self,
        connection: &mut Self::Connection,
        user: &Self::User,
        columns: &AccountColumns,
        registered_at: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<Self::User>, StoreError>> + Send;

    /// Sets these columns of an account, leaves the application's own columns as they are, and
    /// returns the account as stored.
    ///
    /// The calling transaction has locked the account, so it exists.
    fn update(
        &self,
        connection: &mut Self::Connection,
        id: &Self::Id,
        columns: &AccountColumns,
    ) -> impl Future<Output = Result<Self::User, StoreError>> + Send;

    /// Deletes up to two accounts by one statement, which also runs if both are `None`.
    fn delete(
        &self,
        connection: &mut Self::Connection,
        ids: [Option<&Self::Id>; 2],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// Whether a query locks the rows that it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowLock {
    /// No lock: the query reads the committed rows.
    None,
    /// Rows stay as they are until the transaction ends, except for its own writes.
    ///
    /// In PostgreSQL the query ends in `FOR NO KEY UPDATE`. In SQLite it is the same as without a
    /// lock, since the transaction is the only one that writes.
    ForUpdate,
}

/// Keys of which an account has to have one to be found: [`username_key`] or [`email_key`].
///
/// `None` matches no account, as `NULL` does in `username_key = $1 OR email_key = $2`.
///
/// [`username_key`]: AccountColumns::username_key
/// [`email_key`]: AccountColumns::email_key
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountKeys<'a> {
    /// The normal form of a username.
    pub username: Option<&'a str>,
    /// The normal form of an address.
    pub email: Option<&'a str>,
}

/// Returns the id in the table's type, or `None` if its text is no id of the table.
///
/// A text with U+0000 is none: PostgreSQL does not take it as an argument.
pub(super) fn own_id<T: AccountTable>(id: &UserId) -> Option<T::Id> {
    let text = id.as_str();
    let own: T::Id = text.parse().ok()?;
    (!text.contains('\0') && own.to_string() == text).then_some(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryTable;

    #[test]
    fn an_id_is_a_number_in_its_one_spelling() {
        let own_id = |text: &str| own_id::<MemoryTable>(&UserId::new(text));
        for text in [
            "",
            "+7",
            "07",
            " 7",
            "7 ",
            "7\0",
            "seven",
            "9223372036854775808",
            "٧",
            "-0",
        ] {
            assert_eq!(own_id(text), None, "{text:?}");
        }
        assert_eq!(own_id("7"), Some(7));
        assert_eq!(own_id("-9223372036854775808"), Some(i64::MIN));
    }
}

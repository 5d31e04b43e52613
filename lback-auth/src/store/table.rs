//! The part of a store that an application implements for its own account type.

use std::fmt::Display;
use std::future::Ready;
use std::str::FromStr;

use time::OffsetDateTime;

use crate::auth_user::AuthUser;
use crate::session::SessionDigest;
use crate::store::session::FoundSession;
use crate::store::{AccountColumns, Ledger, StoreError};
use crate::user_id::UserId;

/// The table of an application's accounts: the part of a store that knows the account type.
///
/// The other part, the [`Ledger`](crate::Ledger), is the crate's. `SqliteStore` and `PostgresStore`
/// combine the two into an [`AccountStore`](crate::AccountStore). They call the methods of a table in
/// their own transactions, and decide in one place for all tables which account a login means, which
/// accounts another one replaces and whether a change is allowed. A table only reads and writes rows.
///
/// Each row has the fields of [`AccountColumns`], an id, and the application's own columns:
///
/// - `username_key` and `email_key` are each `UNIQUE`, and are compared byte by byte (`COLLATE "C"` in
///   PostgreSQL).
/// - [`insert`](Self::insert) assigns the id. No id is assigned twice, not even that of a deleted account
///   (`AUTOINCREMENT` in SQLite, `GENERATED ALWAYS AS IDENTITY` in PostgreSQL). Ids that are not in the order of
///   insertion, such as random UUIDs, need another column that is, for [`page`](Self::page).
/// - The application does not write the fields of [`AccountColumns`] by itself. It deletes accounts by
///   [`Accounts::delete`](crate::Accounts::delete), which also ends their tokens.
///
/// # Errors
///
/// Each method returns a [`StoreError`] if the database fails; `?` makes one from each `sqlx::Error`.
/// The transaction can then only be rolled back, unless the store handles the error as described for
/// [`StoreError::UniqueViolation`].
///
/// # Examples
///
/// A table in SQLite, complete with its test:
/// [`account_store_conformance!`](crate::account_store_conformance) runs about a hundred cases on it.
/// In PostgreSQL the connection is a `PgConnection`, and `find` and `find_by_keys` append
/// `FOR NO KEY UPDATE` to their statements for [`RowLock::ForUpdate`].
///
#[cfg_attr(all(feature = "sqlite", feature = "testing"), doc = "```")]
#[cfg_attr(not(all(feature = "sqlite", feature = "testing")), doc = "```ignore")]
/// use lback_auth::{
///     AccountColumns, AccountKeys, AccountTable, AuthUser, EmailVerification, Password, RowLock,
///     SqliteStore, StoreError,
/// };
/// use sqlx::{Row, SqliteConnection as Db, sqlite::SqliteRow};
///
/// #[derive(Clone, Debug, Default, AuthUser)]
/// struct Customer {
///     #[auth(id)]
///     id: Option<i64>,
///     #[auth(username)]
///     name: String,
///     #[auth(email)]
///     email: String,
///     #[auth(password)]
///     password: Password,
///     #[auth(email_verification)]
///     verification: EmailVerification,
///     #[auth(active)]
///     active: bool,
///     plan: String,
/// }
///
/// const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS customer (
///     id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL,
///     username TEXT NOT NULL, username_key TEXT NOT NULL UNIQUE,
///     email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, verified_email TEXT,
///     password TEXT, epoch BLOB NOT NULL, is_active INTEGER NOT NULL
/// ) STRICT";
///
/// fn customer(row: SqliteRow) -> sqlx::Result<Customer> {
///     Ok(Customer {
///         id: row.try_get("id")?,
///         name: row.try_get("username")?,
///         email: row.try_get("email")?,
///         password: Password::from_columns(row.try_get("password")?, row.try_get("epoch")?)?,
///         verification: EmailVerification::from_parts(row.try_get("verified_email")?, None),
///         active: row.try_get("is_active")?,
///         plan: row.try_get("plan")?,
///     })
/// }
///
/// type Result<T> = std::result::Result<T, StoreError>;
///
/// #[derive(Clone)]
/// struct CustomerTable;
///
/// impl AccountTable for CustomerTable {
///     type User = Customer;
///     type Id = i64;
///     type Connection = Db;
///     const NAME: &str = "customer";
///
///     async fn find(&self, db: &mut Db, id: &i64, _: RowLock) -> Result<Option<Customer>> {
///         let query = sqlx::query("SELECT * FROM customer WHERE id = $1").bind(id);
///         Ok(query.try_map(customer).fetch_optional(db).await?)
///     }
///
///     async fn find_by_keys(
///         &self,
///         db: &mut Db,
///         keys: AccountKeys<'_>,
///         _: RowLock,
///     ) -> Result<Vec<Customer>> {
///         let query = sqlx::query("SELECT * FROM customer WHERE username_key = $1 OR email_key = $2");
///         let query = query.bind(keys.username).bind(keys.email);
///         Ok(query.try_map(customer).fetch_all(db).await?)
///     }
///
///     async fn page(&self, db: &mut Db, after: Option<&i64>, limit: u32) -> Result<Vec<Customer>> {
///         let query = sqlx::query("SELECT * FROM customer WHERE id > $1 ORDER BY id LIMIT $2");
///         let query = query.bind(after.unwrap_or(&0)).bind(limit);
///         Ok(query.try_map(customer).fetch_all(db).await?)
///     }
///
///     async fn insert(
///         &self,
///         db: &mut Db,
///         user: &Customer,
///         columns: &AccountColumns,
///         _registered_at: time::OffsetDateTime,
///     ) -> Result<Option<Customer>> {
///         let sql = "INSERT INTO customer (username, username_key, email, email_key, verified_email,
///             password, epoch, is_active, plan) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
///             ON CONFLICT DO NOTHING RETURNING *";
///         let query = columns.bind_to(sqlx::query(sql)).bind(&user.plan);
///         Ok(query.try_map(customer).fetch_optional(db).await?)
///     }
///
///     async fn update(&self, db: &mut Db, id: &i64, columns: &AccountColumns) -> Result<Customer> {
///         let sql = "UPDATE customer SET username = $1, username_key = $2, email = $3, email_key = $4,
///             verified_email = $5, password = $6, epoch = $7, is_active = $8 WHERE id = $9 RETURNING *";
///         let query = columns.bind_to(sqlx::query(sql)).bind(id);
///         Ok(query.try_map(customer).fetch_one(db).await?)
///     }
///
///     async fn delete(&self, db: &mut Db, [one, two]: [Option<&i64>; 2]) -> Result<()> {
///         let query = sqlx::query("DELETE FROM customer WHERE id IN ($1, $2)");
///         query.bind(one).bind(two).execute(db).await?;
///         Ok(())
///     }
/// }
///
/// lback_auth::account_store_conformance!(
///     customers,
///     async || {
///         let folder = tempfile::tempdir().unwrap();
///         let store = SqliteStore::open_with_table(folder.path().join("db"), CustomerTable).await;
///         let store = store.unwrap();
///         let created = sqlx::raw_sql(CREATE_TABLE).execute(store.pool()).await;
///         created.unwrap();
///         (store, folder)
///     },
///     |name, email| Customer {
///         name: name.to_owned(),
///         email: email.to_owned(),
///         active: true,
///         ..Customer::default()
///     },
/// );
/// #
/// # use lback_auth::{AccountStore, Inserted, NormalForm, UnverifiedHolders};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("lback-table-{}.db", std::process::id()));
/// # let store = SqliteStore::open_with_table(&path, CustomerTable).await?;
/// # sqlx::raw_sql(CREATE_TABLE).execute(store.pool()).await?;
/// # let ada = Customer {
/// #     name: "ada".to_owned(),
/// #     email: "ada@example.org".to_owned(),
/// #     active: true,
/// #     plan: "gold".to_owned(),
/// #     ..Customer::default()
/// # };
/// # let mut transaction = store.begin().await?;
/// # let (holders, now) = (UnverifiedHolders::Keep, time::OffsetDateTime::now_utc());
/// # let inserted = store.insert(&mut transaction, &ada, holders, now).await?;
/// # assert!(matches!(inserted, Inserted::Stored { .. }));
/// # store.commit(transaction).await;
/// # let found = store.find_by_login(&NormalForm::of("ADA")).await?.unwrap();
/// # assert_eq!((found.id, &*found.plan), (Some(1), "gold"));
/// # std::fs::remove_file(path)?;
/// # Ok(())
/// # }
/// ```
///
/// [`Accounts`](crate::Accounts) takes the store: `Accounts::new(store, session_key)`. The example
/// `own_store` of the repository runs with this table.
pub trait AccountTable: Clone + Send + Sync + 'static {
    /// The account type.
    type User: AuthUser + Clone;

    /// The type of the id column, such as `i64`, `Uuid` or `String`. The field of the account type may have another
    /// one.
    ///
    /// Its `Display` text is the account's [`UserId`]. A [`UserId`] with another text, such as `+7`
    /// for `7`, is the id of no account, even if the column compares without regard to case or to
    /// spaces at the end.
    type Id: Display + FromStr + Send + Sync + 'static;

    /// The connection of the store's database, such as `sqlx::SqliteConnection`.
    type Connection: Send;

    /// The name of the table. The ledger of a database belongs to one table, by this name: a store with
    /// another one is not opened ([`StoreError::OtherAccounts`]).
    const NAME: &'static str;

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
    /// `after` or with the first. `after` is an id that an earlier page returned.
    ///
    /// With ascending integers or UUIDs as ids, use `id > $1`. With other ids, select the position of
    /// `after`, as in `number > (SELECT number FROM member WHERE id = $1)`. If `after` was deleted, the
    /// page may start after its position or be empty.
    ///
    /// A text that does not parse as an [`Id`](Self::Id) is not passed. Every text parses as a
    /// `String`, so a table with texts as ids must return none after a text that was never an id, as
    /// the selected position does.
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
    /// with [`StoreError::UniqueViolation`] counts as `None`; `ON CONFLICT DO NOTHING` keeps
    /// the address out of the database's log. Without it, the error says which constraint of the
    /// application refuses an account whose keys are free.
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

    /// Finds a session and its account by one statement of the ledger, if there is one for this table.
    #[doc(hidden)]
    fn __find_session(
        &self,
        ledger: &impl Ledger,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> Option<impl Future<Output = FoundSession<Self::User>> + Send> {
        let _ = (ledger, digest, now);
        None::<Ready<_>>
    }
}

/// Whether a query locks the rows that it returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RowLock {
    /// No lock: the query reads the committed rows.
    None,
    /// Locks the rows: no other transaction changes them until this one ends.
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

/// Parses an id. Returns `None` unless the table's type displays it as the same text.
///
/// A text with U+0000 is no id: PostgreSQL does not take it as an argument.
pub(super) fn parse_id<T: AccountTable>(id: &UserId) -> Option<T::Id> {
    let text = id.as_str();
    let table_id: T::Id = text.parse().ok()?;
    (!text.contains('\0') && table_id.to_string() == text).then_some(table_id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::memory::MemoryTable;

    #[test]
    fn an_id_is_a_number_in_its_one_spelling() {
        let parse_id = |text: &str| parse_id::<MemoryTable>(&UserId::new(text));
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
            assert_eq!(parse_id(text), None, "{text:?}");
        }
        assert_eq!(parse_id("7"), Some(7));
        assert_eq!(parse_id("-9223372036854775808"), Some(i64::MIN));
    }
}

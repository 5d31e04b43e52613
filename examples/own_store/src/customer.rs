//! The account type of the application, and its table.

use lback_auth::{
    AccountColumns, AccountKeys, AccountTable, AuthUser, EmailVerification, Password, RowLock,
    StoreError,
};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection as Db};
use time::OffsetDateTime;

#[derive(Clone, Debug, Default, AuthUser)]
pub(crate) struct Customer {
    #[auth(id)]
    id: Option<i64>,
    #[auth(username)]
    pub(crate) name: String,
    #[auth(email)]
    pub(crate) email: String,
    #[auth(password)]
    password: Password,
    #[auth(email_verification)]
    verification: EmailVerification,
    #[auth(active)]
    active: bool,
    /// A column of the application, which no flow of accounts changes.
    pub(crate) plan: String,
}

impl Customer {
    pub(crate) fn new(name: &str, email: &str, plan: &str) -> Self {
        Self {
            name: name.to_owned(),
            email: email.to_owned(),
            active: true,
            plan: plan.to_owned(),
            ..Self::default()
        }
    }
}

pub(crate) const CREATE_TABLE: &str = "CREATE TABLE IF NOT EXISTS customer (
    id INTEGER PRIMARY KEY AUTOINCREMENT, plan TEXT NOT NULL,
    username TEXT NOT NULL, username_key TEXT NOT NULL UNIQUE,
    email TEXT NOT NULL, email_key TEXT NOT NULL UNIQUE, verified_email TEXT,
    password TEXT, epoch BLOB NOT NULL, is_active INTEGER NOT NULL
) STRICT";

#[expect(
    clippy::needless_pass_by_value,
    reason = "sqlx passes the row by value"
)]
fn customer(row: SqliteRow) -> sqlx::Result<Customer> {
    Ok(Customer {
        id: row.try_get("id")?,
        name: row.try_get("username")?,
        email: row.try_get("email")?,
        password: Password::from_columns(row.try_get("password")?, row.try_get("epoch")?)?,
        verification: EmailVerification::from_parts(row.try_get("verified_email")?, None),
        active: row.try_get("is_active")?,
        plan: row.try_get("plan")?,
    })
}

type Result<T> = std::result::Result<T, StoreError>;

#[derive(Clone)]
pub(crate) struct CustomerTable;

impl AccountTable for CustomerTable {
    type User = Customer;
    type Id = i64;
    type Connection = Db;
    const NAME: &str = "customer";

    async fn find(&self, db: &mut Db, id: &i64, _: RowLock) -> Result<Option<Customer>> {
        let query = sqlx::query("SELECT * FROM customer WHERE id = $1").bind(id);
        Ok(query.try_map(customer).fetch_optional(db).await?)
    }

    async fn find_by_keys(
        &self,
        db: &mut Db,
        keys: AccountKeys<'_>,
        _: RowLock,
    ) -> Result<Vec<Customer>> {
        let query = sqlx::query("SELECT * FROM customer WHERE username_key = $1 OR email_key = $2");
        let query = query.bind(keys.username).bind(keys.email);
        Ok(query.try_map(customer).fetch_all(db).await?)
    }

    async fn page(&self, db: &mut Db, after: Option<&i64>, limit: u32) -> Result<Vec<Customer>> {
        let query = sqlx::query("SELECT * FROM customer WHERE id > $1 ORDER BY id LIMIT $2");
        let query = query.bind(after.unwrap_or(&0)).bind(limit);
        Ok(query.try_map(customer).fetch_all(db).await?)
    }

    async fn insert(
        &self,
        db: &mut Db,
        user: &Customer,
        columns: &AccountColumns,
        _registered_at: OffsetDateTime,
    ) -> Result<Option<Customer>> {
        let sql = "INSERT INTO customer (username, username_key, email, email_key, verified_email,
            password, epoch, is_active, plan) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            ON CONFLICT DO NOTHING RETURNING *";
        let query = columns.bind_to(sqlx::query(sql)).bind(&user.plan);
        Ok(query.try_map(customer).fetch_optional(db).await?)
    }

    async fn update(&self, db: &mut Db, id: &i64, columns: &AccountColumns) -> Result<Customer> {
        let sql = "UPDATE customer SET username = $1, username_key = $2, email = $3, email_key = $4,
            verified_email = $5, password = $6, epoch = $7, is_active = $8 WHERE id = $9 RETURNING *";
        let query = columns.bind_to(sqlx::query(sql)).bind(id);
        Ok(query.try_map(customer).fetch_one(db).await?)
    }

    async fn delete(&self, db: &mut Db, [one, two]: [Option<&i64>; 2]) -> Result<()> {
        let query = sqlx::query("DELETE FROM customer WHERE id IN ($1, $2)");
        query.bind(one).bind(two).execute(db).await?;
        Ok(())
    }
}

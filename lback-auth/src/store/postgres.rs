//! Accounts in PostgreSQL.

mod answer;
// Compiled once for each database, as is said there.
#[allow(clippy::duplicate_mod)]
#[path = "operations/mod.rs"]
mod operations;
#[cfg(test)]
mod plans;

use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::postgres::{PgArguments, PgPoolOptions, PgRow};
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};

use self::answer::{is_passing, says_no};
use crate::StoreError;
use crate::store::sql;
use crate::store::sql::statements::put_token;

/// The most connections of [`PostgresStore::connect`].
const MAX_CONNECTIONS: u32 = 10;

/// How long an operation waits for a connection of [`PostgresStore::connect`].
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// What the operations are compiled against.
type Store = PostgresStore;
type Transaction = PostgresTransaction;
type Database = Postgres;
type Connection = PgConnection;
type Row = PgRow;
type Arguments = PgArguments;

/// A COMMIT where a statement has failed is a rollback, and no error. This is one then, and also where
/// there is no transaction any more.
const BEFORE_COMMIT: Option<&str> = Some("SAVEPOINT lback");

const MIGRATIONS: &[&str] = &[include_str!("schema/postgres/0001.sql")];

/// How long a connection may be idle and be used without being asked whether it is still there.
const TESTED_AFTER: Duration = Duration::from_secs(1);

const HAS_SCHEMA: &str = "SELECT to_regclass('lback_schema') IS NOT NULL AS has_schema";

/// Where an `insert` begins.
///
/// One at a time, to the end of its transaction: each may delete accounts that are in its way and wait
/// for names and addresses that others have not committed, and two may wait for each other then. The
/// number is the ASCII text `lback\0\0\x02`.
const INSERT_SAVEPOINT: &str = "SAVEPOINT lback; SELECT pg_advisory_xact_lock(7809911783438680066)";

const PUT_TOKEN: &str = put_token!("FOR NO KEY UPDATE");

/// The account is locked before its token, as it is when both are deleted: so nobody waits for a token
/// who has the account, while somebody waits for the account who has the token.
const CONSUME_TOKEN: &str = "DELETE FROM lback_token \
    WHERE digest = $1 AND purpose = $2 AND expires_at > $3 AND account IN (\
        SELECT id FROM lback_account WHERE id = (\
            SELECT account FROM lback_token WHERE digest = $1 AND purpose = $2\
        ) FOR NO KEY UPDATE\
    ) RETURNING account, email";

/// What others have locked is passed over: it is being used, or deleted anyway, and waiting for it
/// while others wait for what this has deleted would be for ever.
const PURGE: [&str; 2] = [
    "DELETE FROM lback_token WHERE (account, purpose) IN (SELECT account, purpose \
     FROM lback_token WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
    "DELETE FROM lback_attempt WHERE key IN (SELECT key \
     FROM lback_attempt WHERE expires_at <= $1 FOR UPDATE SKIP LOCKED)",
];

/// What the operations rely on, whatever the default of the database is: a statement sees what was
/// committed before it.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Held while the tables are changed; the number is the ASCII text `lback\0\0\x01`.
const LOCK: &str = "SELECT pg_advisory_xact_lock(7809911783438680065)";

/// A store in PostgreSQL, whose tables are named `lback_…`.
///
/// A clone is the same store. See `SCHEMA.md` in the crate's folder for the tables, and for how an
/// application hangs its own on them. Transactions are `READ COMMITTED`. Those that insert an account
/// come in turn from then on, so let them be short.
#[derive(Clone, Debug)]
pub struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    /// Connects to a database, and creates the tables or brings them up to date.
    ///
    /// There are at most 10 connections, and an operation waits at most 5 seconds for one;
    /// [`from_pool`](Self::from_pool) takes any other number. They are encrypted if the application
    /// turns on a feature of sqlx 0.9 for that, such as `tls-rustls`.
    ///
    /// ```no_run
    /// use lback_auth::PostgresStore;
    ///
    /// # async fn connect() -> Result<(), lback_auth::StoreError> {
    /// let store = PostgresStore::connect("postgres://app@localhost/app").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The database cannot be reached, refuses, or has tables of a later version.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let pool = PgPoolOptions::new()
            .max_connections(MAX_CONNECTIONS)
            .acquire_timeout(ACQUIRE_TIMEOUT)
            // A connection was looked at when it was given back, so that one that was just used is good:
            // to ask it again would be one of four messages of a look-up.
            .test_before_acquire(false)
            .before_acquire(|connection, meta| {
                Box::pin(async move {
                    if meta.idle_for > TESTED_AFTER {
                        connection.ping().await?;
                    }
                    Ok(true)
                })
            })
            .connect(url)
            .await
            .map_err(meaning)?;
        Self::from_pool(pool).await
    }

    /// Takes the connections of a pool of sqlx 0.9, which the application may go on using, and creates
    /// the tables or brings them up to date.
    ///
    /// They are in the first schema of the connections' `search_path`. Where they are up to date,
    /// nothing is written: then a role will do that may read and write them, and not create any.
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect).
    pub async fn from_pool(pool: PgPool) -> Result<Self, StoreError> {
        let store = Self { pool };
        operations::migrate(&store).await?;
        Ok(store)
    }

    /// Closes the connections, when what is under way has given them back. Whatever is asked of the
    /// store or the pool afterwards is refused.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    async fn connection(&self) -> Result<PoolConnection<Postgres>, StoreError> {
        self.pool.acquire().await.map_err(meaning)
    }

    /// Any number may write at a time.
    #[expect(clippy::unused_async, reason = "other databases have to wait for it")]
    async fn turn(&self) -> Result<Turn, StoreError> {
        Ok(Turn)
    }
}

struct Turn;

/// A transaction of a [`PostgresStore`].
///
/// If it is dropped, it is rolled back.
#[derive(Debug)]
pub struct PostgresTransaction {
    inner: sqlx::Transaction<'static, Postgres>,
    /// How many operations have begun and not come to an answer.
    unanswered: u32,
}

impl PostgresTransaction {
    /// The connection, for rows of the application's own that are to be committed with the accounts.
    ///
    /// Leave beginning and ending the transaction to the store. After a statement that fails nothing
    /// can be committed, and a commit says so, unless one goes back to a savepoint.
    ///
    /// ```no_run
    /// use lback_auth::{AccountStore, PostgresStore, UserId};
    ///
    /// # async fn delete(
    /// #     store: &PostgresStore,
    /// #     id: &UserId,
    /// # ) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut transaction = store.begin().await?;
    /// store.delete(&mut transaction, id).await?;
    /// sqlx::query("INSERT INTO former_customer (account) VALUES ($1)")
    ///     .bind(id.as_str())
    ///     .execute(transaction.connection())
    ///     .await?;
    /// store.commit(transaction).await;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connection(&mut self) -> &mut PgConnection {
        &mut self.inner
    }

    async fn begin(store: &PostgresStore) -> Result<Self, StoreError> {
        let inner = store.pool.begin_with(BEGIN).await.map_err(meaning)?;
        Ok(Self {
            inner,
            unanswered: 0,
        })
    }
}

fn meaning(error: sqlx::Error) -> StoreError {
    sql::error::meaning(error, is_passing)
}

async fn begin_migration(
    connection: &mut PgConnection,
) -> Result<sqlx::Transaction<'_, Postgres>, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    sqlx::raw_sql(LOCK).execute(&mut *transaction).await?;
    Ok(transaction)
}

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
use time::OffsetDateTime;

use self::answer::{is_left_open, kind, says_no};
use self::operations::{Checked, Open};
use crate::store::sql;
use crate::store::sql::statements::{
    is_good_at, purge, put_token, reserve_attempt, when_attempts_may_be,
};
use crate::{AttemptTime, StoreError};

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

const SCHEMA: &str = include_str!("schema/postgres/0001.sql");

/// How long a connection may be idle and be used without being asked whether it is still there.
const TESTED_AFTER: Duration = Duration::from_secs(1);

const HAS_SCHEMA: &str = "SELECT to_regclass('lback_schema') IS NOT NULL AS has_schema";

/// Has those that may delete accounts which are in their way come in turn, to the end of their
/// transaction: each locks several accounts and waits for names and addresses that others have not
/// committed, so two might wait for each other. It is the first lock that they take. The number is the
/// ASCII text `lback\0\0\x02`.
const TAKE_TURN: Option<&str> = Some("SELECT pg_advisory_xact_lock(7809911783438680066)");

/// Where an `insert` or a `set_email` begins, which takes its turn.
const SAVEPOINT: &str = "SAVEPOINT lback; SELECT pg_advisory_xact_lock(7809911783438680066)";

const PUT_TOKEN: &str = put_token!("FOR NO KEY UPDATE");

/// Without a time it is the database's. It is the start of the statement and not of the transaction,
/// which are the same for a statement that is a transaction itself.
const RESERVE_ATTEMPT: &str = reserve_attempt!(
    "COALESCE($1, CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT))"
);

const WHEN_ATTEMPTS_MAY_BE: &str = when_attempts_may_be!(
    "COALESCE($3, CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT))"
);

/// The account is locked before its token, as it is when both are deleted: so nobody waits for a token
/// who has the account, while somebody waits for the account who has the token.
const CONSUME_TOKEN: &str = concat!(
    "DELETE FROM lback_token WHERE digest = $1 AND purpose = $2 AND ",
    is_good_at!("$3"),
    " AND account IN (\
        SELECT id FROM lback_account WHERE id = (\
            SELECT account FROM lback_token WHERE digest = $1 AND purpose = $2\
        ) FOR NO KEY UPDATE\
    ) RETURNING account, email"
);

/// What others have locked is passed over: it is being used, or deleted anyway, and waiting for it
/// while others wait for what this has deleted would be for ever.
///
/// Without a time it is the database's, as for an attempt.
const PURGE: [&str; 3] = purge!(
    "COALESCE($1, CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT))",
    " FOR UPDATE SKIP LOCKED"
);

/// A transaction in which each statement sees what was committed before it, whatever the default of
/// the database is, and no lock is waited for without end.
///
/// It divides by zero in a transaction that was open before this message, such as one that was left on
/// a pooled connection: only one that begins with a message is as old as that.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
    SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '30s'; \
    SELECT 1 / (now() = statement_timestamp())::int";

/// An operation that only reads is a transaction too: the isolation and the timeouts hold for nothing
/// less.
const BEGIN_READ: &str = BEGIN;

/// Likewise, but with the timeouts that the connection has: to change large tables takes long, and
/// others wait for it. They wait for a lock whose number is the ASCII text `lback\0\0\x01`.
const BEGIN_MIGRATION: &str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
    SELECT 1 / (now() = statement_timestamp())::int; \
    SELECT pg_advisory_xact_lock(7809911783438680065)";

/// A store in PostgreSQL, whose tables are named `lback_…`.
///
/// A clone is the same store. See `SCHEMA.md` in the crate's folder for the tables, and for how an
/// application hangs its own on them.
///
/// Transactions are `READ COMMITTED`, whatever the default of the database is. In each, a statement
/// waits at most 5 seconds for a lock, and takes at most 30 seconds ([`StoreError::TimedOut`]); `SET
/// LOCAL` on [its connection](PostgresTransaction::connection) changes that. Those that insert an
/// account or change an address run one after the other, so keep them short.
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
    /// The database cannot be reached, refuses, has tables of a later version, or has another encoding
    /// than UTF-8 ([`StoreError::Encoding`]).
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
        check_encoding(&store).await?;
        operations::migrate(&store).await?;
        Ok(store)
    }

    /// Closes the connections, when what is under way has given them back. Whatever is asked of the
    /// store or the pool afterwards is refused.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Any number may write at a time.
    #[expect(clippy::unused_async, reason = "other databases have to wait for it")]
    async fn turn(&self) -> Result<Turn, StoreError> {
        Ok(Turn)
    }

    /// Others write all the time, and need no pause.
    #[expect(clippy::unused_async, reason = "other databases have to wait for it")]
    async fn pause(&self) {}
}

struct Turn;

/// A transaction of a [`PostgresStore`].
///
/// If it is dropped, it is rolled back.
#[derive(Debug)]
pub struct PostgresTransaction {
    checked: Checked,
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
        self.checked.lend()
    }

    async fn begin(store: &PostgresStore) -> Result<Self, StoreError> {
        let checked = Checked::new(Open::begin(store, BEGIN).await?);
        Ok(Self { checked })
    }
}

/// The caller's time, or `None` for that of the database, which all processes share.
fn reading_of_clock(now: AttemptTime) -> Option<OffsetDateTime> {
    match now {
        AttemptTime::Present(_) => None,
        AttemptTime::At(instant) => Some(instant),
    }
}

fn meaning(error: sqlx::Error) -> StoreError {
    sql::error::meaning(error, kind)
}

/// Closes a connection when it is dropped, of which is not known whether it has begun a transaction.
fn close_unanswered(connection: &mut PoolConnection<Postgres>) {
    connection.close_on_drop();
}

/// Whether a transaction was rolled back without the store, as far as sqlx knows.
async fn is_gone(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    Ok(!connection.is_in_transaction())
}

/// Any other encoding lacks characters, or takes bytes that are no text (`SQL_ASCII`).
async fn check_encoding(store: &PostgresStore) -> Result<(), StoreError> {
    let mut open = Open::begin(store, BEGIN).await?;
    let found = sqlx::query_scalar("SHOW server_encoding").fetch_one(open.connection());
    let found: String = found.await.map_err(meaning)?;
    if found == "UTF8" {
        Ok(())
    } else {
        Err(StoreError::Encoding { found })
    }
}

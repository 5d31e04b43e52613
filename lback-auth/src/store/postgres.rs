//! Accounts in PostgreSQL.

mod answer;
mod outbox;
#[cfg(test)]
mod plans;

use std::time::Duration;

use lback_signals::durable::PostgresOutbox;
use sqlx::pool::PoolConnection;
use sqlx::postgres::PgPoolOptions;
use sqlx::{Connection as _, PgConnection, PgPool, Postgres};
use time::OffsetDateTime;

pub(super) use self::answer::kind;
use crate::store::sql::session_statements::FIND_SESSION_AND_ACCOUNT;
use crate::store::sql::statements::{
    FIND_BY_KEYS_LOCKED, FIND_LOCKED, delay_end, purge, reserve_attempt,
};
use crate::store::sql::{
    Dialect, Open, ReadStatement, SqlLedger, SqlTransaction, UserTable, sqlx_calls,
};
use crate::store::{AccountStore, AccountTable, AttemptTime, StoreError};

/// The most connections of [`PostgresStore::connect`].
const MAX_CONNECTIONS: u32 = 10;

/// How long an operation waits for a connection of [`PostgresStore::connect`].
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(5);

/// How long a connection may be idle and be used without being asked whether it is still there.
const TESTED_AFTER: Duration = Duration::from_secs(1);

impl Dialect for Postgres {
    type Outbox = PostgresOutbox;

    const SCHEMA: &'static str = include_str!("schema/postgres/ledger.sql");

    const USER_SCHEMA: &'static str = include_str!("schema/postgres/account.sql");

    const HAS_TABLE: &'static str = "SELECT to_regclass($1) IS NOT NULL AS has_table";

    /// Each statement sees what was committed before it, whatever the default of the database is, and
    /// no lock is waited for without end.
    ///
    /// It divides by zero in a transaction that was open before this message, such as one that was left
    /// on a pooled connection: only one that begins with a message is as old as that.
    const BEGIN: &'static str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
        SET LOCAL lock_timeout = '5s'; SET LOCAL statement_timeout = '30s'; \
        SELECT 1 / (now() = statement_timestamp())::int";

    /// Reading is a transaction too: the isolation and the timeouts hold only in one.
    const BEGIN_READ: &'static str = Self::BEGIN;

    /// Likewise, but with the timeouts that the connection has: to change large tables takes long, and
    /// others wait for it. They wait for a lock whose number is the ASCII text `lback\0\0\x01`.
    const BEGIN_MIGRATION: &'static str = "BEGIN ISOLATION LEVEL READ COMMITTED; \
        SELECT 1 / (now() = statement_timestamp())::int; \
        SELECT pg_advisory_xact_lock(7809911783438680065)";

    /// A COMMIT where a statement has failed is a rollback, and no error. This is one then, and also
    /// where no transaction is open.
    const BEFORE_COMMIT: Option<&'static str> = Some("SAVEPOINT lback");

    /// These transactions lock several accounts and wait for names and addresses that others have not committed, so two
    /// might wait for each other. The first key is the ASCII text `lbac`; the second is the oid of the schema's
    /// `lback_token`, so that stores in different schemas do not share the lock.
    const LOCK_REPLACEMENTS: Option<&'static str> =
        Some("SELECT pg_advisory_xact_lock(1818386787, 'lback_token'::regclass::oid::int)");

    const SET_SAVEPOINT: &'static str = "SAVEPOINT lback; \
        SELECT pg_advisory_xact_lock(1818386787, 'lback_token'::regclass::oid::int)";

    const WRITERS: Option<usize> = None;

    /// Others write at the same time, and need no pause.
    const PAUSE: Option<Duration> = None;

    const FIND_LOCKED: &'static str = FIND_LOCKED;

    const FIND_BY_KEYS_LOCKED: &'static str = FIND_BY_KEYS_LOCKED;

    /// PostgreSQL accepts parameters only in a message with a single statement.
    const FIND_SESSION_AND_ACCOUNT: ReadStatement = ReadStatement {
        statement: FIND_SESSION_AND_ACCOUNT,
        checked: None,
    };

    /// If `$1` is `NULL`, the time is that of the database at the start of the statement, not of the transaction.
    const RESERVE_ATTEMPT: &'static str = reserve_attempt!(
        "COALESCE($1, CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT))",
        "waits[step + 1]"
    );

    const DELAY_END: &'static str = delay_end!(
        "COALESCE($3, CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT))"
    );

    /// Rows that others have locked are passed over: they are in use, or deleted anyway, and waiting for
    /// them while others wait for what this has deleted would be for ever.
    ///
    /// If `$1` is `NULL`, the time is that of the database, as for an attempt.
    const PURGE: [&'static str; 5] = purge!(
        "COALESCE($1, CAST(extract(epoch FROM statement_timestamp()) * 1000000 AS BIGINT))",
        " FOR UPDATE SKIP LOCKED"
    );

    /// The clock of the database, which all processes share, unless the application has set one.
    fn caller_time(now: AttemptTime) -> Option<OffsetDateTime> {
        match now {
            AttemptTime::Present(_) => None,
            AttemptTime::At(instant) => Some(instant),
        }
    }

    fn is_commit_refused(error: &sqlx::Error) -> bool {
        answer::is_commit_refused(error)
    }

    fn is_already_open(error: &sqlx::Error) -> bool {
        answer::is_already_open(error)
    }

    /// As far as sqlx knows.
    async fn has_ended(connection: &mut PgConnection) -> Result<bool, StoreError> {
        Ok(!connection.is_in_transaction())
    }

    /// It may have begun a transaction.
    fn close_unanswered(connection: &mut PoolConnection<Self>) {
        connection.close_on_drop();
    }

    sqlx_calls!(|integers| integers.to_vec());
}

/// A transaction of a [`PostgresStore`].
///
/// Its [`connection`](SqlTransaction::connection) is for rows of the application that are committed with
/// the accounts. After a failed statement nothing can be committed, and the commit returns an error,
/// unless the application rolls back to a savepoint.
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
pub type PostgresTransaction = SqlTransaction<Postgres>;

/// A store in PostgreSQL.
///
/// Its tables are named `lback_…`, except for the table of an application's own account type. A clone is
/// the same store. See `SCHEMA.md` in the crate's folder for the tables, and for how an application
/// refers to them in its own.
///
/// Transactions are `READ COMMITTED`, whatever the default of the database is. In each, a statement
/// waits at most 5 seconds for a lock, and takes at most 30 seconds ([`StoreError::TimedOut`]); `SET
/// LOCAL` on [its connection](SqlTransaction::connection) changes that. Those that insert an
/// account or change an address run one after the other, so keep them short.
#[derive(Clone, Debug)]
pub struct PostgresStore<T = UserTable<Postgres>> {
    ledger: SqlLedger<Postgres>,
    table: T,
}

impl PostgresStore {
    /// Connects to a database, and creates the tables or checks their version.
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
    /// The database cannot be reached, refuses, has tables of another version, or has another encoding
    /// than UTF-8 ([`StoreError::Encoding`]).
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Self::from_pool(connect(url).await?).await
    }

    /// Takes the connections of a pool of sqlx 0.9, which the application may go on using, and creates
    /// the tables or checks their version.
    ///
    /// They are created in the first schema of the connections' `search_path`, and found in any of its
    /// schemas. Where they are up to date, nothing is written: a role suffices that may read and write
    /// them, and not create any.
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect).
    pub async fn from_pool(pool: PgPool) -> Result<Self, StoreError> {
        from_pool(pool, UserTable::new()).await
    }
}

impl<T: AccountTable<Connection = PgConnection>> PostgresStore<T> {
    /// Connects to a database as [`connect`](PostgresStore::connect) does, with the application's table
    /// of accounts instead of the table of [`User`](crate::User).
    ///
    /// The application creates that table, before or after.
    ///
    /// # Errors
    ///
    /// As for [`connect`](PostgresStore::connect).
    pub async fn connect_with_table(url: &str, table: T) -> Result<Self, StoreError> {
        from_pool(connect(url).await?, table).await
    }

    /// Takes the connections of a pool as [`from_pool`](PostgresStore::from_pool) does, with the
    /// application's table of accounts instead of the table of [`User`](crate::User).
    ///
    /// The application creates that table, before or after.
    ///
    /// # Errors
    ///
    /// As for [`from_pool`](PostgresStore::from_pool).
    pub async fn from_pool_with_table(pool: PgPool, table: T) -> Result<Self, StoreError> {
        from_pool(pool, table).await
    }
}

impl<T> PostgresStore<T> {
    /// Sets the outbox, which has to be in the same database. Each transaction of accounts then stores the requests for
    /// mails, and its other signals for durable receivers.
    ///
    /// Deleting an account deletes its deliveries, except those that are running and those of
    /// [`UserDeleted`](crate::UserDeleted). Without an outbox, a flow that requests a mail or sends a signal to a durable
    /// receiver fails with [`NotEnqueued`](crate::AccountsError::NotEnqueued).
    ///
    /// ```no_run
    /// use lback_auth::PostgresStore;
    /// use lback_signals::durable::PostgresOutbox;
    ///
    /// # async fn open() -> Result<(), Box<dyn std::error::Error>> {
    /// let store = PostgresStore::connect("postgres://app@localhost/app").await?;
    /// let outbox = PostgresOutbox::new(store.pool().clone()).await?;
    /// let store = store.with_outbox(outbox.clone());
    /// # let _ = store;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_outbox(mut self, outbox: PostgresOutbox) -> Self {
        self.ledger.set_outbox(outbox);
        self
    }

    /// Returns the outbox, if one is [set](Self::with_outbox).
    #[must_use]
    pub fn outbox(&self) -> Option<&PostgresOutbox> {
        self.ledger.outbox()
    }

    /// Returns the pool, for the application's own tables and queries.
    ///
    /// Rows that are committed with accounts are written on the connection of a
    /// [transaction](PostgresTransaction).
    #[must_use]
    pub fn pool(&self) -> &PgPool {
        self.ledger.pool()
    }

    /// Closes the connections when running operations have given them back. The store and the pool
    /// refuse further operations.
    pub async fn close(&self) {
        self.ledger.pool().close().await;
    }
}

impl<T: AccountTable<Connection = PgConnection>> AccountStore for PostgresStore<T> {
    type User = T::User;
    type Transaction = PostgresTransaction;
    type Table = T;
    type Ledger = SqlLedger<Postgres>;

    fn table(&self) -> &T {
        &self.table
    }

    fn ledger(&self) -> &SqlLedger<Postgres> {
        &self.ledger
    }
}

async fn connect(url: &str) -> Result<PgPool, StoreError> {
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
        .await?;
    Ok(pool)
}

async fn from_pool<T: AccountTable>(
    pool: PgPool,
    table: T,
) -> Result<PostgresStore<T>, StoreError> {
    check_encoding(&pool).await?;
    let ledger = SqlLedger::open(pool, T::NAME).await?;
    Ok(PostgresStore { ledger, table })
}

/// Any other encoding lacks characters, or takes bytes that are no text (`SQL_ASCII`).
async fn check_encoding(pool: &PgPool) -> Result<(), StoreError> {
    let mut open = Open::begin(pool, Postgres::BEGIN_READ).await?;
    let found = sqlx::query_scalar("SHOW server_encoding").fetch_one(open.connection());
    let found: String = found.await?;
    if found == "UTF8" {
        Ok(())
    } else {
        Err(StoreError::Encoding { found })
    }
}

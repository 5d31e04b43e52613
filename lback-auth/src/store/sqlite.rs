//! Accounts in SQLite.

mod answer;
mod checks;
mod outbox;
#[cfg(test)]
mod plans;

use std::fmt::Write as _;
use std::path::Path;
use std::time::Duration;

use lback_signals::durable::SqliteOutbox;
use sqlx::pool::PoolConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use time::OffsetDateTime;

pub(super) use self::answer::kind;
use self::checks::{check_file, check_foreign_keys, use_wal};
use crate::store::sql::session_statements::{
    FIND_SESSION_AND_ACCOUNT, FIND_SESSION_AND_ACCOUNT_CHECKED,
};
use crate::store::sql::statements::{FIND, FIND_BY_KEYS, delay_end, purge, reserve_attempt};
use crate::store::sql::{Dialect, ReadStatement, SqlLedger, SqlTransaction, UserTable, sqlx_calls};
use crate::store::{AccountStore, AccountTable, AttemptTime, StoreError};

/// The most connections of [`SqliteStore::open`], each of which is a thread and an open file. One of
/// them writes.
const MAX_CONNECTIONS: u32 = 8;

/// How long an operation waits for a connection of [`SqliteStore::open`], and a connection for the lock
/// of another program.
const TIMEOUT: Duration = Duration::from_secs(5);

impl Dialect for Sqlite {
    type Outbox = SqliteOutbox;

    const SCHEMA: &'static str = include_str!("schema/sqlite/ledger.sql");

    const USER_SCHEMA: &'static str = include_str!("schema/sqlite/account.sql");

    const HAS_TABLE: &'static str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema \
        WHERE type = 'table' AND name = $1) AS has_table";

    /// The one kind that waits for the lock to write when it begins. Any other waits when it writes
    /// first, and fails if another connection has written since it read first.
    ///
    /// The first BEGIN fails in a transaction that is open already, such as one that was left on a
    /// pooled connection, with an error that only this has. BEGIN IMMEDIATE would take the lock first,
    /// and might fail as it does when another connection has the lock.
    const BEGIN: &'static str = "BEGIN; ROLLBACK; BEGIN IMMEDIATE";

    /// Reading is a transaction too, so that it does not run in one that was left open.
    const BEGIN_READ: &'static str = "BEGIN";

    const BEGIN_MIGRATION: &'static str = Self::BEGIN;

    /// A COMMIT is an error where no transaction is open, and a failed statement leaves nothing behind.
    const BEFORE_COMMIT: Option<&'static str> = None;

    const LOCK_REPLACEMENTS: Option<&'static str> = None;

    const SET_SAVEPOINT: &'static str = "SAVEPOINT lback";

    const WRITERS: Option<usize> = Some(1);

    /// A connection that waits for SQLite's lock sleeps, and looks again every 100 ms at the latest
    /// (`sqliteDefaultBusyCallback`), so that in a shorter pause it may never find the lock free.
    const PAUSE: Option<Duration> = Some(Duration::from_millis(120));

    const FIND_LOCKED: &'static str = FIND;

    const FIND_BY_KEYS_LOCKED: &'static str = FIND_BY_KEYS;

    /// One message to the thread of the connection takes a third of the time of BEGIN, SELECT and ROLLBACK.
    const FIND_SESSION_AND_ACCOUNT: ReadStatement = ReadStatement {
        statement: FIND_SESSION_AND_ACCOUNT,
        checked: Some(FIND_SESSION_AND_ACCOUNT_CHECKED),
    };

    const RESERVE_ATTEMPT: &'static str = reserve_attempt!("$1", "waits ->> step");

    const DELAY_END: &'static str = delay_end!("$3");

    const PURGE: [&'static str; 5] = purge!("$1", "");

    /// All processes that share a file run on one machine, and so have one clock.
    fn caller_time(now: AttemptTime) -> Option<OffsetDateTime> {
        Some(now.instant())
    }

    fn is_commit_refused(error: &sqlx::Error) -> bool {
        answer::is_commit_refused(error)
    }

    fn is_already_open(error: &sqlx::Error) -> bool {
        answer::is_already_open(error)
    }

    /// Where SQLite has ended the transaction, another one can begin.
    async fn has_ended(connection: &mut SqliteConnection) -> Result<bool, StoreError> {
        match Self::run(connection, "BEGIN").await {
            Ok(()) => {
                Self::run(connection, "ROLLBACK").await?;
                Ok(true)
            }
            Err(error) if answer::is_already_open(&error) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// sqlx itself rolls back a transaction of SQLite whose BEGIN was dropped unanswered.
    fn close_unanswered(_: &mut PoolConnection<Self>) {}

    sqlx_calls!(|integers| json(integers));
}

/// Returns a JSON array.
fn json(integers: &[i64]) -> String {
    let mut json = String::new();
    for integer in integers {
        let separator = if json.is_empty() { '[' } else { ',' };
        // Writing to a text cannot fail.
        let _ = write!(json, "{separator}{integer}");
    }
    json + "]"
}

/// A transaction of a [`SqliteStore`], the only one that writes (`BEGIN IMMEDIATE`).
///
/// Its [`connection`](SqlTransaction::connection) is for rows of the application that are committed with
/// the accounts. If the disk is full or broken, SQLite rolls the transaction back when a statement fails.
/// The store then refuses each further operation and the commit; but a further statement on the
/// connection is committed on its own, so drop the transaction.
///
/// ```
/// use lback_auth::{AccountStore, AuthUser, Inserted, SqliteStore, UnverifiedHolders, User};
/// use lback_signals::CommitOutcome;
/// use time::OffsetDateTime;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let path = std::env::temp_dir().join(format!("lback-connection-{}.db", std::process::id()));
/// # let store = SqliteStore::open(&path).await?;
/// # let ada = User::new("ada", "ada@example.org")?;
/// let mut transaction = store.begin().await?;
/// sqlx::raw_sql(
///     "CREATE TABLE customer (
///          account INTEGER PRIMARY KEY REFERENCES lback_account (id) ON DELETE CASCADE,
///          plan TEXT NOT NULL
///      ) STRICT",
/// )
/// .execute(transaction.connection())
/// .await?;
///
/// let (holders, now) = (UnverifiedHolders::Replace, OffsetDateTime::now_utc());
/// let Inserted::Stored { user: ada, .. } = store.insert(&mut transaction, &ada, holders, now).await?
/// else {
///     panic!("the name or the address is taken");
/// };
/// let id: i64 = ada.id().unwrap().as_str().parse()?;
/// sqlx::query("INSERT INTO customer (account, plan) VALUES ($1, $2)")
///     .bind(id)
///     .bind("gold")
///     .execute(transaction.connection())
///     .await?;
/// assert!(matches!(store.commit(transaction).await, CommitOutcome::Committed));
/// # std::fs::remove_file(path)?;
/// # Ok(())
/// # }
/// ```
pub type SqliteTransaction = SqlTransaction<Sqlite>;

/// A store in a file of SQLite.
///
/// Its tables are named `lback_…`, except for the table of an application's own account type. A clone is
/// the same store. See `SCHEMA.md` in the crate's folder for the tables, and for how an application
/// refers to them in its own.
///
/// SQLite has one writer at a time. The writers of one store take turns. Each waits for its turn for at most
/// 5 seconds, even if its own task holds the transaction that it waits for. A store waits for writers of
/// other stores and programs for the connection's busy timeout. A wait that times out is
/// [`StoreError::TimedOut`].
#[derive(Clone, Debug)]
pub struct SqliteStore<T = UserTable<Sqlite>> {
    ledger: SqlLedger<Sqlite>,
    table: T,
}

impl SqliteStore {
    /// Opens a file, which is created if there is none, and creates the tables or checks their version.
    ///
    /// Commits are on the disk (`synchronous = FULL`), and readers do not wait for the writer
    /// (`journal_mode = WAL`). There are at most 8 connections, and an operation waits at most 5
    /// seconds for one.
    ///
    /// ```
    /// use lback_auth::{
    ///     AccountStore, AuthUser, Inserted, NormalForm, SqliteStore, UnverifiedHolders, User,
    /// };
    /// use lback_signals::CommitOutcome;
    /// use time::OffsetDateTime;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("lback-open-{}.db", std::process::id()));
    /// let store = SqliteStore::open(&path).await?;
    /// let ada = User::new("ada", "ada@example.org")?;
    ///
    /// let mut transaction = store.begin().await?;
    /// let (holders, now) = (UnverifiedHolders::Replace, OffsetDateTime::now_utc());
    /// let inserted = store.insert(&mut transaction, &ada, holders, now).await?;
    /// assert!(matches!(inserted, Inserted::Stored { .. }));
    /// assert!(matches!(store.commit(transaction).await, CommitOutcome::Committed));
    ///
    /// let found = store.find_by_login(&NormalForm::of("ADA")).await?.unwrap();
    /// assert_eq!(found.email(), "ada@example.org");
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// The file cannot be opened, is not a database, or has tables of another version. The path
    /// is `:memory:` or empty or means the same ([`StoreError::NoFile`]): for a test there is
    /// [`MemoryStore`](crate::MemoryStore).
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
        open(path.as_ref(), UserTable::new()).await
    }

    /// Takes the connections of a pool of sqlx 0.9, which the application may go on using, and creates
    /// the tables or checks their version.
    ///
    /// The file is put into WAL mode. All other settings are the pool's. sqlx's defaults are suitable:
    /// foreign keys are on and `synchronous = FULL`. If each connection is to `:memory:`, each has its
    /// own database: use a pool of one then.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open), or foreign keys are off.
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, StoreError> {
        from_pool(pool, UserTable::new()).await
    }
}

impl<T: AccountTable<Connection = SqliteConnection>> SqliteStore<T> {
    /// Opens a file as [`open`](SqliteStore::open) does, with the application's table of accounts
    /// instead of the table of [`User`](crate::User).
    ///
    /// The application creates that table, before or after.
    ///
    /// # Errors
    ///
    /// As for [`open`](SqliteStore::open).
    pub async fn open_with_table(path: impl AsRef<Path>, table: T) -> Result<Self, StoreError> {
        open(path.as_ref(), table).await
    }

    /// Takes the connections of a pool as [`from_pool`](SqliteStore::from_pool) does, with the
    /// application's table of accounts instead of the table of [`User`](crate::User).
    ///
    /// The application creates that table, before or after. [`AccountTable`] has an example.
    ///
    /// # Errors
    ///
    /// As for [`from_pool`](SqliteStore::from_pool).
    pub async fn from_pool_with_table(pool: SqlitePool, table: T) -> Result<Self, StoreError> {
        from_pool(pool, table).await
    }
}

impl<T> SqliteStore<T> {
    /// Sets the outbox, which has to be in the same database. Each transaction of accounts then stores the requests for
    /// mails, and its other signals for durable receivers.
    ///
    /// Deleting an account deletes its deliveries, except those that are running and those of
    /// [`UserDeleted`](crate::UserDeleted). Without an outbox, a flow that requests a mail or sends a signal to a durable
    /// receiver fails with [`NotEnqueued`](crate::AccountsError::NotEnqueued).
    ///
    /// ```
    /// use lback_auth::{SqliteStore, UserDeleted};
    /// use lback_signals::durable::{SqliteOutbox, Worker};
    /// use lback_signals::receiver;
    ///
    /// #[receiver(signal = UserDeleted, durable(name = "close-newsletter"))]
    /// async fn close_newsletter(event: &UserDeleted<'_>) {
    ///     println!("no more letters to {}", event.user.email());
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let path = std::env::temp_dir().join(format!("lback-outbox-{}.db", std::process::id()));
    /// let store = SqliteStore::open(&path).await?;
    /// let outbox = SqliteOutbox::new(store.pool().clone()).await?;
    /// let store = store.with_outbox(outbox.clone());
    /// let worker = Worker::new(&outbox).spawn()?;
    /// // Accounts::new(store, key) …
    /// worker.shutdown().await;
    /// # store.close().await;
    /// # std::fs::remove_file(path)?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn with_outbox(mut self, outbox: SqliteOutbox) -> Self {
        self.ledger.set_outbox(outbox);
        self
    }

    /// Returns the outbox, if one is [set](Self::with_outbox).
    #[must_use]
    pub fn outbox(&self) -> Option<&SqliteOutbox> {
        self.ledger.outbox()
    }

    /// Returns the pool, for the application's own tables and queries.
    ///
    /// Rows that are committed with accounts are written on the connection of a
    /// [transaction](SqliteTransaction).
    #[must_use]
    pub fn pool(&self) -> &SqlitePool {
        self.ledger.pool()
    }

    /// Closes the connections when running operations have given them back: for the end of a program.
    /// The store and the pool refuse further operations.
    ///
    /// If no other program has the file open, the one file then holds all data, and no other file is
    /// left beside it. Nothing is lost without this: the next program that opens the file finds the rest.
    pub async fn close(&self) {
        self.ledger.pool().close().await;
    }
}

impl<T: AccountTable<Connection = SqliteConnection>> AccountStore for SqliteStore<T> {
    type User = T::User;
    type Transaction = SqliteTransaction;
    type Table = T;
    type Ledger = SqlLedger<Sqlite>;

    fn table(&self) -> &T {
        &self.table
    }

    fn ledger(&self) -> &SqlLedger<Sqlite> {
        &self.ledger
    }
}

async fn open<T: AccountTable>(path: &Path, table: T) -> Result<SqliteStore<T>, StoreError> {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .foreign_keys(true)
        .synchronous(SqliteSynchronous::Full)
        .busy_timeout(TIMEOUT);
    let pool = SqlitePoolOptions::new()
        .max_connections(MAX_CONNECTIONS)
        .acquire_timeout(TIMEOUT)
        // A connection is a thread of this process, and sqlx has asked whether it is well when it
        // was given back; asking again takes as long as a short transaction.
        .test_before_acquire(false)
        .connect_with(options)
        .await?;
    let opened = match check_file(&pool).await {
        Ok(()) => from_pool(pool.clone(), table).await,
        Err(error) => Err(error),
    };
    if opened.is_err() {
        // So that nothing is left beside a file that is not used.
        pool.close().await;
    }
    opened
}

async fn from_pool<T: AccountTable>(
    pool: SqlitePool,
    table: T,
) -> Result<SqliteStore<T>, StoreError> {
    let mut connection = pool.acquire().await?;
    // The mode cannot be changed in a transaction that was left open; where there is none, this fails.
    drop(Sqlite::run(&mut connection, "ROLLBACK").await);
    check_foreign_keys(&mut connection).await?;
    use_wal(&mut connection).await?;
    drop(connection);
    let ledger = SqlLedger::open(pool, T::NAME).await?;
    Ok(SqliteStore { ledger, table })
}

#[cfg(test)]
mod tests {
    use super::json;

    #[test]
    fn integers_are_a_json_array() {
        assert_eq!(json(&[0, 1_000, i64::MAX]), "[0,1000,9223372036854775807]");
    }
}

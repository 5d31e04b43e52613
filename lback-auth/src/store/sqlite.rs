//! Accounts in SQLite.

mod answer;
mod checks;
// Compiled once for each database, as is said there.
#[allow(clippy::duplicate_mod)]
#[path = "operations/mod.rs"]
mod operations;
#[cfg(test)]
mod plans;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::{
    SqliteArguments, SqliteConnectOptions, SqlitePoolOptions, SqliteRow, SqliteSynchronous,
};
use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{sleep, timeout};

use self::answer::{is_left_open, kind, says_no};
use self::checks::{check_file, check_foreign_keys, use_wal};
use self::operations::{Checked, Open};
use crate::store::sql;
use crate::store::sql::statements::{
    is_good_at, purge, put_token, reserve_attempt, when_attempts_may_be,
};
use crate::{AttemptTime, StoreError};

/// The most connections of [`SqliteStore::open`], each of which is a thread and an open file. One of
/// them writes.
const MAX_CONNECTIONS: u32 = 8;

/// How long an operation waits for a connection of [`SqliteStore::open`], and for its turn to write.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The time between two transactions of one operation, in which other processes write.
///
/// One that waits for SQLite's lock sleeps, and looks again every 100 ms at the latest
/// (`sqliteDefaultBusyCallback`), so that in a shorter pause it may never find the lock free.
const PAUSE: Duration = Duration::from_millis(120);

/// What the operations are compiled against.
type Store = SqliteStore;
type Transaction = SqliteTransaction;
type Database = Sqlite;
type Connection = SqliteConnection;
type Row = SqliteRow;
type Arguments = SqliteArguments;

/// A COMMIT is an error where there is no transaction any more, and a statement that has failed has
/// left nothing behind.
const BEFORE_COMMIT: Option<&str> = None;

const SCHEMA: &str = include_str!("schema/sqlite/0001.sql");

const HAS_SCHEMA: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema \
    WHERE type = 'table' AND name = 'lback_schema') AS has_schema";

/// There is one writer at a time.
const TAKE_TURN: Option<&str> = None;

/// Where an `insert` or a `set_email` begins.
const SAVEPOINT: &str = "SAVEPOINT lback";

const PUT_TOKEN: &str = put_token!("");

const RESERVE_ATTEMPT: &str = reserve_attempt!("$1");

const WHEN_ATTEMPTS_MAY_BE: &str = when_attempts_may_be!("$3");

const CONSUME_TOKEN: &str = concat!(
    "DELETE FROM lback_token WHERE digest = $1 AND purpose = $2 AND ",
    is_good_at!("$3"),
    " RETURNING account, email"
);

const PURGE: [&str; 3] = purge!("$1", "");

/// The one kind that waits for its turn to write when it begins. Any other waits when it writes first,
/// and fails if somebody else has written since it read first.
///
/// The first BEGIN fails in a transaction that is open already, such as one that was left on a pooled
/// connection, with an error that only this has. BEGIN IMMEDIATE would take the lock first, and might
/// fail as it does when another connection has the lock.
const BEGIN: &str = "BEGIN; ROLLBACK; BEGIN IMMEDIATE";

/// An operation that only reads is a transaction too, so that it is not in one that was left open.
const BEGIN_READ: &str = "BEGIN";

const BEGIN_MIGRATION: &str = BEGIN;

/// A store in a file of SQLite, whose tables are named `lback_…`.
///
/// A clone is the same store. See `SCHEMA.md` in the crate's folder for the tables, and for how an
/// application hangs its own on them.
///
/// SQLite has one writer at a time. The writers of one store take turns. Each waits for its turn for at most
/// 5 seconds, even if its own task holds the transaction that it waits for. A store waits for writers of
/// other stores and programs for the connection's busy timeout. A wait that times out is
/// [`StoreError::TimedOut`].
#[derive(Clone, Debug)]
pub struct SqliteStore {
    pool: SqlitePool,
    turns: Arc<Semaphore>,
}

impl SqliteStore {
    /// Opens a file, which is created if there is none, and creates the tables or brings them up to
    /// date.
    ///
    /// What is committed is on the disk (`synchronous = FULL`), and readers do not wait for the writer
    /// (`journal_mode = WAL`). There are at most 8 connections, and an operation waits at most 5
    /// seconds for one.
    ///
    /// ```
    /// use lback_auth::{AccountStore, AuthUser, Inserted, NormalForm, SqliteStore, User};
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
    /// let now = OffsetDateTime::now_utc();
    /// let inserted = store.insert(&mut transaction, &ada, true, now).await?;
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
    /// The file cannot be opened or is none of SQLite, or its tables are of a later version. The path
    /// is `:memory:` or empty or means the same ([`StoreError::NoFile`]): for a test there is
    /// [`MemoryStore`](crate::MemoryStore).
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, StoreError> {
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
            .await
            .map_err(meaning)?;
        let opened = match check_file(&pool).await {
            Ok(()) => Self::from_pool(pool.clone()).await,
            Err(error) => Err(error),
        };
        if opened.is_err() {
            // So that nothing is left beside a file that is not used.
            pool.close().await;
        }
        opened
    }

    /// Takes the connections of a pool of sqlx 0.9, which the application may go on using, and creates
    /// the tables or brings them up to date.
    ///
    /// The file is put into WAL mode. All else is the pool's to say; sqlx's own settings will do, which
    /// have foreign keys on and `synchronous = FULL`. If each connection is to `:memory:`, each has a
    /// database of its own: have a pool of one then.
    ///
    /// # Errors
    ///
    /// As for [`open`](Self::open), or foreign keys are off.
    pub async fn from_pool(pool: SqlitePool) -> Result<Self, StoreError> {
        let turns = Arc::new(Semaphore::new(1));
        let store = Self { pool, turns };
        let mut connection = store.pool.acquire().await.map_err(meaning)?;
        // The mode cannot be changed in a transaction that was left open; where there is none,
        // this fails.
        drop(sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await);
        check_foreign_keys(&mut connection).await?;
        use_wal(&mut connection).await?;
        drop(connection);
        operations::migrate(&store).await?;
        Ok(store)
    }

    /// Closes the connections, when what is under way has given them back: for the end of a program.
    /// Whatever is asked of the store or the pool afterwards is refused.
    ///
    /// If no other program has the file open, all is in that one file then, and none is left beside it.
    /// Nothing is lost without this: whoever opens the file next finds the rest.
    pub async fn close(&self) {
        self.pool.close().await;
    }

    /// Waits for its turn to write, first come, first served, and without a connection, so that those
    /// who only read find one.
    ///
    /// SQLite alone lets those who wait sleep and look again, whoever looks first. With 16 tasks that
    /// write all the time and hold a transaction for 10 ms, the slowest then waits 5 s and fails, and a
    /// read waits 100 ms for a connection; in turn these are 0.2 s and 0.1 ms.
    async fn turn(&self) -> Result<OwnedSemaphorePermit, StoreError> {
        match timeout(TIMEOUT, Arc::clone(&self.turns).acquire_owned()).await {
            Ok(turn) => turn.map_err(|error| StoreError::Unavailable(error.into())),
            Err(error) => Err(StoreError::TimedOut(error.into())),
        }
    }

    /// Lets others write between two transactions.
    async fn pause(&self) {
        sleep(PAUSE).await;
    }
}

/// A transaction of a [`SqliteStore`].
///
/// It is the one that writes (`BEGIN IMMEDIATE`), as long as it is there. If it is dropped, it is
/// rolled back.
#[derive(Debug)]
pub struct SqliteTransaction {
    checked: Checked,
    /// The last field, so that it is given up when the transaction is.
    _turn: OwnedSemaphorePermit,
}

impl SqliteTransaction {
    /// The connection, for rows of the application's own that are to be committed with the accounts.
    ///
    /// Leave beginning and ending the transaction to the store. If the disk is full or broken, SQLite
    /// rolls it back when a statement fails. The store then refuses each further operation and the
    /// commit; but a further statement on this connection is committed on its own, so give it up.
    ///
    /// ```
    /// use lback_auth::{AccountStore, AuthUser, Inserted, SqliteStore, User};
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
    /// let now = OffsetDateTime::now_utc();
    /// let Inserted::Stored { user: ada, .. } = store.insert(&mut transaction, &ada, true, now).await? else {
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
    pub fn connection(&mut self) -> &mut SqliteConnection {
        self.checked.lend()
    }

    async fn begin(store: &SqliteStore) -> Result<Self, StoreError> {
        let turn = store.turn().await?;
        Ok(Self {
            checked: Checked::new(Open::begin(store, BEGIN).await?),
            _turn: turn,
        })
    }
}

/// All processes that share a file are on one machine, and so have one clock.
#[expect(clippy::unnecessary_wraps, reason = "PostgreSQL has a clock")]
fn reading_of_clock(now: AttemptTime) -> Option<OffsetDateTime> {
    Some(now.instant())
}

fn meaning(error: sqlx::Error) -> StoreError {
    sql::error::meaning(error, kind)
}

/// sqlx itself rolls back a transaction of SQLite of which nobody hears that it has begun.
fn close_unanswered(_: &mut PoolConnection<Sqlite>) {}

/// Whether SQLite has ended a transaction: then another one can begin.
async fn is_gone(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    match sqlx::raw_sql("BEGIN").execute(&mut *connection).await {
        Ok(_) => {
            sqlx::raw_sql("ROLLBACK").execute(connection).await?;
            Ok(true)
        }
        Err(error) if is_left_open(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

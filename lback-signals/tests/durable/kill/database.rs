//! The database that the processes of a round share.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{PgPool, SqlitePool, raw_sql};
use tokio::runtime::Runtime;

use super::programs::Program as _;
use super::server::Server;

/// A time that no successful test needs.
const DEADLINE: Duration = Duration::from_mins(1);

/// The schema of the tables in PostgreSQL.
const SCHEMA: &str = "lback_kill";

/// SQLite, or a server of PostgreSQL.
pub(super) enum Kind {
    Sqlite,
    Postgres(Server),
}

/// The folder of a round, and its database.
pub(super) struct Database<'k> {
    pub(super) kind: &'k Kind,
    pub(super) folder: PathBuf,
    runtime: Runtime,
    pool: Pool,
}

enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

impl<'k> Database<'k> {
    /// The variables that tell a child process the folder, and the URL of the server.
    pub(super) const FOLDER: &'static str = "LBACK_KILL_FOLDER";
    pub(super) const URL: &'static str = "LBACK_KILL_POSTGRES_URL";

    pub(super) fn create(folder: &Path, kind: &'k Kind) -> Self {
        let runtime = Runtime::new().unwrap();
        let pool = runtime.block_on(async {
            match kind {
                Kind::Sqlite => {
                    let pool = sqlite_pool(folder);
                    let tables = "CREATE TABLE customer_order (number INTEGER PRIMARY KEY) STRICT; \
                        CREATE TABLE booking (number INTEGER NOT NULL) STRICT";
                    raw_sql(tables).execute(&pool).await.unwrap();
                    sqlx::Sqlite::outbox(pool.clone()).await.unwrap();
                    Pool::Sqlite(pool)
                }
                Kind::Postgres(server) => {
                    let pool = postgres_pool(server.url());
                    let tables = "DROP SCHEMA IF EXISTS lback_kill CASCADE; CREATE SCHEMA lback_kill; \
                        CREATE TABLE customer_order (number BIGINT PRIMARY KEY); \
                        CREATE TABLE booking (number BIGINT NOT NULL)";
                    raw_sql(tables).execute(&pool).await.unwrap();
                    sqlx::Postgres::outbox(pool.clone()).await.unwrap();
                    Pool::Postgres(pool)
                }
            }
        });
        Self {
            kind,
            folder: folder.to_owned(),
            runtime,
            pool,
        }
    }

    /// Returns the orders that were committed.
    pub(super) fn orders(&self) -> HashSet<i64> {
        self.numbers("SELECT number FROM customer_order")
            .into_iter()
            .collect()
    }

    pub(super) fn bookings(&self) -> Vec<i64> {
        self.numbers("SELECT number FROM booking")
    }

    /// Ends all leases, as a clock that is set forward does.
    pub(super) fn expire_leases(&self) {
        let expire =
            "UPDATE lback_delivery SET due_at = 0 WHERE claim IS NOT NULL AND due_at IS NOT NULL";
        self.runtime.block_on(async {
            match &self.pool {
                Pool::Sqlite(pool) => drop(raw_sql(expire).execute(pool).await.unwrap()),
                // A deadlock with a worker, which locks rows in another order, is not its end.
                Pool::Postgres(pool) => while raw_sql(expire).execute(pool).await.is_err() {},
            }
        });
    }

    /// Waits until an order is committed.
    ///
    /// # Panics
    ///
    /// If none is at the deadline.
    pub(super) fn wait_until_ordered(&self) {
        let deadline = Instant::now() + DEADLINE;
        while self.orders().is_empty() {
            assert!(Instant::now() < deadline, "no order was committed");
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Waits until no delivery is left.
    ///
    /// # Panics
    ///
    /// If one is left at the deadline, or is dead.
    pub(super) fn wait_until_delivered(&self) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let dead = self.numbers("SELECT number FROM lback_delivery WHERE due_at IS NULL");
            assert!(dead.is_empty(), "dead letters: {dead:?}");
            let left = self.numbers("SELECT number FROM lback_delivery");
            if left.is_empty() {
                return;
            }
            assert!(
                Instant::now() < deadline,
                "{} deliveries are left: {left:?}",
                left.len()
            );
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Returns the number of stored signals.
    pub(super) fn signals(&self) -> usize {
        self.numbers("SELECT 1 + 0 * count(*) FROM lback_signal GROUP BY id")
            .len()
    }

    fn numbers(&self, query: &'static str) -> Vec<i64> {
        self.runtime.block_on(async {
            match &self.pool {
                Pool::Sqlite(pool) => sqlx::query_scalar(query).fetch_all(pool).await.unwrap(),
                Pool::Postgres(pool) => sqlx::query_scalar(query).fetch_all(pool).await.unwrap(),
            }
        })
    }
}

pub(super) fn sqlite_pool(folder: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("shop.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(DEADLINE);
    let pool = SqlitePoolOptions::new().max_connections(4);
    pool.connect_lazy_with(options)
}

pub(super) fn postgres_pool(url: &str) -> PgPool {
    let options: PgConnectOptions = url.parse().unwrap();
    let options = options.options([("search_path", SCHEMA)]);
    let pool = PgPoolOptions::new().max_connections(4);
    pool.connect_lazy_with(options)
}

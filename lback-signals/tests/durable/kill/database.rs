//! The file that the processes of a round share.

use std::collections::HashSet;
use std::env;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use lback_signals::durable::SqliteOutbox;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{SqlitePool, raw_sql};
use tokio::runtime::Runtime;

/// A time that no successful test needs.
const DEADLINE: Duration = Duration::from_mins(1);

/// The folder of a round, with its database.
pub(super) struct Database {
    folder: PathBuf,
    runtime: Runtime,
    pool: SqlitePool,
}

impl Database {
    /// The variable that tells a child process the folder.
    pub(super) const VARIABLE: &'static str = "LBACK_KILL_FOLDER";

    pub(super) fn create(folder: &Path) -> Self {
        let runtime = Runtime::new().unwrap();
        let pool = runtime.block_on(async {
            let pool = connect(folder).await;
            let tables = "CREATE TABLE customer_order (number INTEGER PRIMARY KEY) STRICT; \
                CREATE TABLE booking (number INTEGER NOT NULL) STRICT";
            raw_sql(tables).execute(&pool).await.unwrap();
            SqliteOutbox::new(pool.clone()).await.unwrap();
            pool
        });
        Self {
            folder: folder.to_owned(),
            runtime,
            pool,
        }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
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
        let expire = sqlx::query(expire).execute(&self.pool);
        self.runtime.block_on(expire).unwrap();
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

    fn numbers(&self, query: &'static str) -> Vec<i64> {
        let numbers = sqlx::query_scalar(query).fetch_all(&self.pool);
        self.runtime.block_on(numbers).unwrap()
    }
}

/// Connects a child process to the database of its round, and returns the folder, too.
pub(super) async fn of_child_process() -> (PathBuf, SqlitePool) {
    let folder = PathBuf::from(env::var_os(Database::VARIABLE).unwrap());
    let pool = connect(&folder).await;
    (folder, pool)
}

async fn connect(folder: &Path) -> SqlitePool {
    let options = SqliteConnectOptions::new()
        .filename(folder.join("shop.db"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .busy_timeout(DEADLINE);
    let pool = SqlitePoolOptions::new().max_connections(4);
    pool.connect_with(options).await.unwrap()
}

//! Particularities of the outbox in SQLite.

mod columns;
mod delivering;
mod durable_tx;
mod edited;
mod faults;
mod ordering;
pub(crate) mod schema;
mod shared_file;
mod transactions;
mod undecodable;
mod waiting;

use std::path::PathBuf;
use std::time::Duration;

use lback_signals::durable::{
    Claim, ClaimRequest, Claimed, Outbox, ReceiverClaim, SignalRow, SqliteOutbox,
};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions as _, SqliteConnection, SqlitePool};
use tempfile::TempDir;

/// A folder for a file of SQLite, deleted on drop.
pub(crate) struct Folder(TempDir);

impl Folder {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("orders.db")
    }

    fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.file())
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            // The tests look at what is committed, and not at what survives a loss of power.
            .synchronous(SqliteSynchronous::Off)
    }

    async fn pool(&self) -> SqlitePool {
        SqlitePool::connect_with(self.options()).await.unwrap()
    }

    pub(crate) async fn connection(&self) -> SqliteConnection {
        self.options().connect().await.unwrap()
    }

    /// Returns a pool whose connections wait for locks only shortly.
    async fn impatient_pool(&self) -> SqlitePool {
        let options = self.options().busy_timeout(Duration::from_millis(20));
        SqlitePool::connect_with(options).await.unwrap()
    }
}

pub(crate) async fn outbox(folder: &Folder) -> SqliteOutbox {
    SqliteOutbox::new(folder.pool().await).await.unwrap()
}

pub(crate) async fn outbox_in_memory() -> SqliteOutbox {
    let pool = SqlitePoolOptions::new()
        .max_connections(1)
        // sqlx's check of the connection takes as long as a short statement.
        .test_before_acquire(false)
        // The database ends with its connection. Without timeouts, sqlx spawns no task that closes idle connections:
        // that task once looped forever, because its count of idle connections had wrapped.
        .idle_timeout(None::<Duration>)
        .max_lifetime(None::<Duration>);
    let pool = pool.connect("sqlite::memory:").await.unwrap();
    SqliteOutbox::new(pool).await.unwrap()
}

async fn execute(connection: &mut SqliteConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

/// Returns the whole number that a statement selects.
async fn number(connection: &mut SqliteConnection, sql: &'static str) -> i64 {
    let number = sqlx::query_scalar(sql).fetch_one(connection);
    number.await.unwrap()
}

/// A signal for the receiver `ship`.
fn row() -> SignalRow {
    row_of("{}")
}

fn row_of(payload: &str) -> SignalRow {
    SignalRow::__new("order.paid", 1, payload, &["ship"])
}

fn ship(limit: u32) -> ReceiverClaim {
    ReceiverClaim {
        names: vec!["ship"],
        oldest_version: 1,
        newest_version: 1,
        limit,
    }
}

fn request(limit: u32) -> ClaimRequest {
    ClaimRequest {
        receivers: vec![ship(limit)],
        lease: Duration::from_secs(30),
        worker: "tests".to_owned(),
    }
}

/// Claims for the receiver `ship`.
async fn claim(outbox: &SqliteOutbox) -> Vec<Claimed> {
    outbox.claim(&request(100)).await.unwrap()
}

/// Inserts a signal for the receiver `ship`, and claims its delivery.
async fn claimed(outbox: &SqliteOutbox) -> Claim {
    outbox.insert(vec![row()]).await.unwrap();
    let claimed = claim(outbox).await;
    assert_eq!(claimed.len(), 1);
    claimed[0].claim
}

/// Returns how many deliveries of all receivers wait, run, and are dead.
async fn counts(outbox: &SqliteOutbox) -> [u64; 3] {
    let counts = outbox.counts().await.unwrap().into_iter();
    counts.fold([0; 3], |sum, it| {
        [sum[0] + it.waiting, sum[1] + it.running, sum[2] + it.dead]
    })
}

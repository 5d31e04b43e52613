//! The outbox in SQLite.

mod admin;
mod chains;
mod claim;
mod erase;
mod error;
mod fan_out;
mod finish;
mod insert;
mod maintain;
mod migrate;
#[cfg(test)]
mod plans;
mod statements;
mod transactions;
mod watch;
mod write_queue;
mod writer;
mod writing;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, Sqlite, SqliteConnection, SqlitePool};

use self::claim::lossy_text;
pub(super) use self::error::class;
use self::statements::{COUNTS, NEXT_DUE, SCHEMA};
use self::watch::Watch;
use self::write_queue::WriteQueue;
use self::writing::Writing;
use super::arrivals::Arrivals;
use super::dead_delivery::DeadDelivery;
use super::error::OutboxError;
use super::insert_statement::InsertStatement;
use super::maintenance::Maintenance;
use super::open_watch::OpenWatch;
use super::outbox::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryTransaction, Ending, Outbox, ReceiverClaim,
};
use super::sql_values::{count, duration};
use super::start::check_wiring;
use crate::enqueue::{EnqueueLimits, SignalRow};
use crate::transaction::Transaction;

/// An outbox in SQLite: signals and their deliveries are rows of the application's database, which are written in its
/// transactions.
///
/// `SCHEMA.md` in the crate's folder describes the tables. A file should be in WAL mode, so that reads do not wait
/// for the writer. A database in memory needs a pool of one connection.
///
/// A clone is the same outbox. Transactions of its clones take turns, since SQLite has one writer at a time.
///
/// # Examples
///
/// ```standalone_crate
/// use lback_signals::durable::{SqliteOutbox, Worker};
/// use lback_signals::{Signal, receiver, signal};
/// use sqlx::sqlite::SqlitePoolOptions;
///
/// #[signal(durable(name = "order.paid", version = 1))]
/// struct OrderPaid {
///     order: i64,
/// }
///
/// #[receiver(signal = OrderPaid, durable(name = "send-receipt"))]
/// async fn send_receipt(event: &OrderPaid) {
///     println!("the receipt of order {}", event.order);
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// // In a program: `SqlitePool::connect("sqlite:shop.db?mode=rwc")`.
/// let pool = SqlitePoolOptions::new().max_connections(1).connect("sqlite::memory:").await?;
/// sqlx::query("CREATE TABLE orders (id INTEGER PRIMARY KEY, is_paid INTEGER)").execute(&pool).await?;
/// let outbox = SqliteOutbox::new(pool).await?;
/// let worker = Worker::new(&outbox).spawn()?;
///
/// let mut transaction = outbox.begin().await?;
/// transaction
///     .run(async |rows| {
///         sqlx::query("INSERT INTO orders (id, is_paid) VALUES (7, 1)").execute(rows).await?;
///         OrderPaid { order: 7 }.send(); // stored by the commit
///         Ok::<(), sqlx::Error>(())
///     })
///     .await?;
/// transaction.commit().await?; // wakes the worker
///
/// worker.shutdown().await;
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteOutbox {
    shared: Arc<Shared>,
    limits: EnqueueLimits,
}

struct Shared {
    pool: SqlitePool,
    write_queue: WriteQueue,
    arrivals: Arrivals,
    open_watch: OpenWatch,
    /// `None` for a database in memory, which no other connection can open.
    watch: Option<Watch>,
    /// To the clock of SQLite, in milliseconds. 0 outside of tests.
    offset: AtomicI64,
}

impl SqliteOutbox {
    /// Uses the connections of a pool of sqlx 0.9, and creates the tables or checks their version. For a file, a
    /// worker opens one more connection, by which it sees commits of other processes.
    ///
    /// # Errors
    ///
    /// The durable receivers of this program are faulty, the tables are of a newer version, or the database does
    /// not answer.
    pub async fn new(pool: SqlitePool) -> Result<Self, OutboxError> {
        check_wiring()?;
        let write_queue = WriteQueue::new();
        migrate::migrate(&pool, &write_queue).await?;
        let file: Option<String> = sqlx::query_scalar(statements::FILE)
            .fetch_one(&pool)
            .await
            .map_err(OutboxError::of_database)?;
        let has_file = file.is_some_and(|file| !file.is_empty());
        let shared = Shared {
            watch: has_file.then(|| Watch::new(pool.connect_options())),
            pool,
            write_queue,
            arrivals: Arrivals::default(),
            open_watch: OpenWatch::default(),
            offset: AtomicI64::new(0),
        };
        Ok(Self {
            shared: Arc::new(shared),
            limits: EnqueueLimits::default(),
        })
    }

    /// Sets the limits of what a transaction of this clone enqueues.
    #[must_use]
    pub fn with_limits(mut self, limits: EnqueueLimits) -> Self {
        self.limits = limits;
        self
    }

    /// Declares that this process has no worker, so that it is not warned of commits that none of its workers
    /// delivers.
    #[must_use]
    pub fn without_worker(self) -> Self {
        self.shared.arrivals.attend();
        self
    }

    /// Returns the SQL that creates the tables, for an application that creates them with its own migrations.
    #[must_use]
    pub fn schema() -> &'static str {
        SCHEMA
    }

    /// Returns the statements that store signals, for a database layer other than sqlx.
    ///
    /// Take the signals from the [`Transaction`](crate::Transaction) by its `take_deliveries`. Execute the
    /// statements in their order, as the last ones before the commit, with texts as values. Call
    /// [`wake`](Self::wake) after the commit.
    #[must_use]
    pub fn insert_statements(&self, rows: &[SignalRow]) -> Vec<InsertStatement> {
        insert::statements(self.shared.offset(), rows).collect()
    }

    /// Stores the signals that [`Transaction::take_deliveries`](crate::Transaction::take_deliveries) has returned, with
    /// their deliveries, in the transaction that is open on this connection. Call it as the last step before the
    /// commit, and [`wake`](Self::wake) after the commit.
    ///
    /// # Errors
    ///
    /// The database refuses: roll the transaction back.
    pub async fn insert_in(
        &self,
        connection: &mut SqliteConnection,
        rows: &[SignalRow],
    ) -> Result<(), sqlx::Error> {
        insert::insert(connection, self.shared.offset(), rows).await
    }

    /// Erases the deliveries of these [subjects](super::SnapshotSender::subject) that wait or are dead, and their kept
    /// signals, in the transaction that is open on this connection. A running delivery is left to finish, and is
    /// retried if it fails. The next deliveries of their keys are due: call [`wake`](Self::wake) after the commit.
    ///
    /// # Errors
    ///
    /// The database refuses: roll the transaction back.
    pub async fn erase_in(
        &self,
        connection: &mut SqliteConnection,
        subjects: &[&str],
    ) -> Result<(), sqlx::Error> {
        let erased = erase::erase(connection, self.shared.offset(), subjects);
        erased.await.map(drop)
    }

    /// Wakes the workers of this process after a commit of deliveries that another database layer has made.
    pub fn wake(&self) {
        self.shared.arrivals.committed();
    }

    /// Waits until no worker of this outbox runs, and closes the connection on which workers watch for commits of other
    /// processes. Call it at the end of a program, before the pool is closed: SQLite deletes its `-wal` and `-shm` files
    /// when the last connection is closed.
    pub async fn close(&self) {
        if let Some(watch) = &self.shared.watch {
            watch.close().await;
        }
    }

    // Not public API. For the bindings of other database layers.
    #[doc(hidden)]
    pub fn __begin_signals(&self) -> Transaction {
        Transaction::with_limits(self.limits)
    }

    /// Sets how far the clock of the outbox is from that of the database.
    pub(super) fn set_offset(&self, millis: i64) {
        self.shared.offset.store(millis, Ordering::Relaxed);
    }

    /// Returns the dead letters by number.
    pub(super) async fn dead(&self) -> Result<Vec<DeadDelivery>, OutboxError> {
        let dead = sqlx::query(statements::DEAD).try_map(|row: SqliteRow| {
            let attempt: i64 = row.try_get("attempt")?;
            Ok(DeadDelivery {
                number: row.try_get("number")?,
                receiver: lossy_text(&row, "receiver")?,
                attempt: u32::try_from(attempt).unwrap_or(u32::MAX),
                error: lossy_text(&row, "error")?,
            })
        });
        let dead = dead.fetch_all(&self.shared.pool).await;
        dead.map_err(OutboxError::of_database)
    }

    /// Counts the stored signals.
    pub(super) async fn count_signals(&self) -> Result<u64, OutboxError> {
        let signals = sqlx::query_scalar(statements::SIGNALS).fetch_one(&self.shared.pool);
        signals.await.map(count).map_err(OutboxError::of_database)
    }
}

impl Shared {
    fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    async fn begin(&self) -> Result<Writing, OutboxError> {
        Writing::begin(&self.pool, &self.write_queue).await
    }
}

impl Outbox for SqliteOutbox {
    async fn insert(&self, rows: Vec<SignalRow>) -> Result<(), OutboxError> {
        if rows.is_empty() {
            return Ok(());
        }
        let mut writing = self.shared.begin().await?;
        insert::insert(writing.connection(), self.shared.offset(), &rows)
            .await
            .map_err(OutboxError::of_database)?;
        writing.commit().await?;
        self.shared.arrivals.committed();
        Ok(())
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>, OutboxError> {
        let mut writing = self.shared.begin().await?;
        let claimed = claim::claim(writing.connection(), self.shared.offset(), request)
            .await
            .map_err(OutboxError::of_database)?;
        writing.commit().await?;
        Ok(claimed)
    }

    async fn renew(&self, claims: &[Claim], lease: Duration) -> Result<Vec<Claim>, OutboxError> {
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let mut writing = self.shared.begin().await?;
        let lost = finish::renew(writing.connection(), self.shared.offset(), claims, lease)
            .await
            .map_err(OutboxError::of_database)?;
        writing.commit().await?;
        Ok(lost)
    }

    async fn finish(&self, attempts: &[(Claim, Ending)]) -> Result<Vec<Claim>, OutboxError> {
        if attempts.is_empty() {
            return Ok(Vec::new());
        }
        let mut writing = self.shared.begin().await?;
        let finished = finish::finish(writing.connection(), self.shared.offset(), attempts)
            .await
            .map_err(OutboxError::of_database)?;
        writing.commit().await?;
        if finished.has_freed {
            self.shared.arrivals.wake();
        }
        Ok(finished.lost)
    }

    async fn next_due(&self, receivers: &[ReceiverClaim]) -> Result<Option<Duration>, OutboxError> {
        let next: Option<i64> = sqlx::query_scalar(NEXT_DUE)
            .bind(self.shared.offset())
            .bind(claim::wanted(receivers))
            .fetch_one(&self.shared.pool)
            .await
            .map_err(OutboxError::of_database)?;
        Ok(next.map(duration))
    }

    async fn maintain(&self, dead_letter_retention: Duration) -> Result<Maintenance, OutboxError> {
        let mut writing = self.shared.begin().await?;
        let offset = self.shared.offset();
        let mut maintained =
            maintain::maintain(writing.connection(), offset, dead_letter_retention)
                .await
                .map_err(OutboxError::of_database)?;
        writing.commit().await?;
        if !maintained.has_more {
            maintained.freed = maintain::free_stuck(&self.shared).await?;
        }
        if maintained.freed + maintained.dead > 0 {
            self.shared.arrivals.wake();
        }
        Ok(maintained)
    }

    async fn changed(&self, seen: u64) -> u64 {
        let arrivals = &self.shared.arrivals;
        match &self.shared.watch {
            Some(watch) => watch.changed(arrivals, seen).await,
            None => arrivals.changed(seen).await,
        }
    }

    async fn counts(&self) -> Result<Vec<Counts>, OutboxError> {
        let counts = sqlx::query(COUNTS).bind(self.shared.offset());
        let counts = counts.try_map(|row: SqliteRow| {
            Ok(Counts {
                receiver: lossy_text(&row, "receiver")?,
                waiting: count(row.try_get("waiting")?),
                running: count(row.try_get("running")?),
                dead: count(row.try_get("dead")?),
                oldest_due: row.try_get::<Option<i64>, _>("oldest_due")?.map(duration),
            })
        });
        let counts = counts.fetch_all(&self.shared.pool).await;
        counts.map_err(OutboxError::of_database)
    }

    fn worker_started(&self) {
        self.shared.arrivals.attend();
    }

    fn database(&self) -> Option<&'static str> {
        Some(<Sqlite as sqlx::Database>::NAME)
    }

    fn transaction(&self, claim: Claim) -> Option<Arc<dyn DeliveryTransaction>> {
        Some(Arc::new(self.slot(claim)))
    }
}

impl fmt::Debug for SqliteOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteOutbox")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// Returns a list of a statement. SQLite refuses the empty text of one that could not be written.
fn json(list: &impl Serialize) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

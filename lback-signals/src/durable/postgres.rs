//! The outbox in PostgreSQL.

mod admin;
mod array_text;
mod chains;
mod claim;
mod erase;
mod error;
mod fan_out;
mod finish;
mod insert;
mod listen;
mod low_water;
mod maintain;
mod migrate;
mod notify;
mod own_pool;
#[cfg(test)]
mod plans;
mod statements;
mod transactions;
mod writer;

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, PgPool, Postgres, Row as _};
use tokio::time::Instant;

pub(super) use self::error::class;
use self::listen::Listener;
use self::low_water::{CLAIM_PAUSE, LowWater};
use self::notify::Notifier;
use self::own_pool::{Access, OwnPool};
use self::statements::{COUNTS, SCHEMA};
use super::arrivals::Arrivals;
use super::dead_delivery::DeadDelivery;
use super::error::OutboxError;
use super::insert_statement::InsertStatement;
use super::maintenance::Maintenance;
use super::outbox::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryTransaction, Ending, Outbox, ReceiverClaim,
};
use super::sql_values::{count, duration, number};
use super::start::{check_wiring, has_ordered_receivers};
use crate::enqueue::{EnqueueLimits, SignalRow};
use crate::sql_transaction::was_committed;
use crate::transaction::Transaction;

/// Outbox in PostgreSQL: signals and their deliveries are rows of the application's database, which are written in its
/// transactions.
///
/// `SCHEMA.md` in the crate's folder describes the tables. Needs PostgreSQL 13 or newer.
///
/// [`begin`](Self::begin) and `DurableTx` use connections of the application's pool. The outbox opens up to 4 more,
/// with the options of that pool, so that leases are renewed even while the application has used up its own. If it has
/// a worker, it opens another one, on which it listens for commits of other processes.
///
/// A clone is the same outbox.
///
/// # Examples
///
/// ```standalone_crate,no_run
/// use lback_signals::durable::{PostgresOutbox, Worker};
/// use lback_signals::{Signal, receiver, signal};
/// use sqlx::PgPool;
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
/// let pool = PgPool::connect("postgres://shop@localhost/shop").await?;
/// let outbox = PostgresOutbox::new(pool).await?;
/// let worker = Worker::new(&outbox).spawn()?;
///
/// let mut transaction = outbox.begin().await?;
/// transaction
///     .run(async |rows| {
///         sqlx::query("UPDATE orders SET is_paid = true WHERE id = 7").execute(rows).await?;
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
pub struct PostgresOutbox {
    shared: Arc<Shared>,
    limits: EnqueueLimits,
}

struct Shared {
    /// The application's.
    pool: PgPool,
    own_pool: OwnPool,
    arrivals: Arrivals,
    notifier: Notifier,
    listener: Listener,
    /// Transactions of applications then have to be READ COMMITTED.
    has_ordered_receivers: bool,
    low_water: LowWater,
    /// To the clock of PostgreSQL, in milliseconds. 0 outside of tests.
    offset: AtomicI64,
}

impl PostgresOutbox {
    /// Uses the connections of a pool of sqlx 0.9, and creates the tables or checks their version.
    ///
    /// Finds the tables by the `search_path`. If there are none, it creates them in the first schema of the path.
    ///
    /// # Errors
    ///
    /// The durable receivers of this program are faulty, the tables are of a newer version, or the database does
    /// not answer.
    pub async fn new(pool: PgPool) -> Result<Self, OutboxError> {
        check_wiring()?;
        let own_pool = OwnPool::new(pool.clone());
        migrate::migrate(&own_pool).await?;
        let shared = Shared {
            pool,
            own_pool,
            arrivals: Arrivals::default(),
            notifier: Notifier::new()?,
            listener: Listener::default(),
            has_ordered_receivers: has_ordered_receivers(),
            low_water: LowWater::default(),
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

    /// Returns the statements that store signals, for a database layer other than sqlx. Each returns one row, which
    /// may be ignored.
    ///
    /// Take the signals from the [`Transaction`](crate::Transaction) by its `take_deliveries`. Execute the
    /// statements in their order, as the last ones before the commit, with texts as values. If receivers with
    /// `order = key` get deliveries, the first statement locks their keys, and fails in a transaction that is not READ
    /// COMMITTED. Call [`wake`](Self::wake) after the commit.
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
        connection: &mut PgConnection,
        rows: &[SignalRow],
    ) -> Result<(), sqlx::Error> {
        let inserted = insert::insert(connection, self.shared.offset(), rows);
        inserted.await.map(drop)
    }

    /// Erases the deliveries of these [subjects](super::SnapshotSender::subject) that wait or are dead, and their kept
    /// signals, in the transaction that is open on this connection. The transaction has to be READ COMMITTED.
    ///
    /// A running delivery is left to finish, and is retried if it fails. Its worker can complete it only after the end
    /// of this transaction.
    ///
    /// # Errors
    ///
    /// The database refuses: roll the transaction back.
    pub async fn erase_in(
        &self,
        connection: &mut PgConnection,
        subjects: &[&str],
    ) -> Result<(), sqlx::Error> {
        let erased = erase::erase(connection, self.shared.offset(), subjects);
        erased.await.map(drop)
    }

    /// Wakes the workers of this process after a commit of deliveries by another database layer. In a tokio runtime, it
    /// also wakes those of other processes.
    pub fn wake(&self) {
        self.shared.committed();
    }

    // Not public API. For the bindings of other database layers.
    #[doc(hidden)]
    pub fn __begin_signals(&self) -> Transaction {
        Transaction::with_limits(self.limits)
    }

    // Not public API. For the bindings of other database layers: returns whether the transaction of this id was
    // committed, or `None` if that is not to be found out.
    #[doc(hidden)]
    pub async fn __was_committed(&self, id: &str) -> Option<bool> {
        was_committed(self.shared.own_pool.pool(), id).await
    }

    /// Sets how far the clock of the outbox is from that of the database.
    pub(super) fn set_offset(&self, millis: i64) {
        self.shared.offset.store(millis, Ordering::Relaxed);
    }

    /// Returns the dead letters by number.
    pub(super) async fn dead(&self) -> Result<Vec<DeadDelivery>, OutboxError> {
        let dead = sqlx::query(statements::DEAD).try_map(|row: PgRow| {
            Ok(DeadDelivery {
                number: row.try_get("number")?,
                receiver: row.try_get("receiver")?,
                attempt: number(row.try_get("attempt")?),
                error: row.try_get("error")?,
            })
        });
        let dead = dead.fetch_all(self.shared.own_pool.pool()).await;
        dead.map_err(OutboxError::of_database)
    }

    /// Counts the stored signals.
    pub(super) async fn count_signals(&self) -> Result<u64, OutboxError> {
        let signals =
            sqlx::query_scalar(statements::SIGNALS).fetch_one(self.shared.own_pool.pool());
        signals.await.map(count).map_err(OutboxError::of_database)
    }
}

impl Shared {
    fn offset(&self) -> i64 {
        self.offset.load(Ordering::Relaxed)
    }

    /// Called after each commit of deliveries in this process.
    fn committed(self: &Arc<Self>) {
        self.arrivals.committed();
        Notifier::committed(self);
    }
}

impl Outbox for PostgresOutbox {
    async fn insert(&self, rows: Vec<SignalRow>) -> Result<(), OutboxError> {
        if rows.is_empty() {
            return Ok(());
        }
        let (mut own, _permit) = self.shared.own_pool.begin_insert().await?;
        let id = insert::insert(own.connection(), self.shared.offset(), &rows)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit_decided(id, &self.shared.own_pool).await?;
        self.shared.committed();
        Ok(())
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>, OutboxError> {
        let random = getrandom::u64().map_err(|error| OutboxError::Unavailable(error.into()))?;
        let random = random.cast_signed();
        let mut own = self.shared.own_pool.begin(Access::Write).await?;
        let low_water = &self.shared.low_water;
        let search = low_water.begin(&request.receivers, CLAIM_PAUSE, Instant::now());
        let (offset, marks) = (self.shared.offset(), search.marks());
        let claimed = claim::claim(own.connection(), offset, request, marks, random)
            .await
            .map_err(OutboxError::of_database)?;
        low_water.end(&search, &request.receivers, Instant::now());
        own.commit().await?;
        let (claimed, searched): (_, Vec<_>) = claimed.into_iter().unzip();
        claim::set_marks(low_water, &request.receivers, &searched);
        Ok(claimed)
    }

    async fn renew(&self, claims: &[Claim], lease: Duration) -> Result<Vec<Claim>, OutboxError> {
        if claims.is_empty() {
            return Ok(Vec::new());
        }
        let mut own = self.shared.own_pool.begin(Access::Write).await?;
        let lost = finish::renew(own.connection(), self.shared.offset(), claims, lease)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(lost)
    }

    async fn finish(&self, attempts: &[(Claim, Ending)]) -> Result<Vec<Claim>, OutboxError> {
        if attempts.is_empty() {
            return Ok(Vec::new());
        }
        let mut own = self.shared.own_pool.begin(Access::Write).await?;
        let finished = finish::finish(own.connection(), self.shared.offset(), attempts)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        if finished.has_freed {
            // The workers of other processes poll: this one has a free slot.
            self.shared.arrivals.wake();
        }
        Ok(finished.lost)
    }

    async fn next_due(&self, receivers: &[ReceiverClaim]) -> Result<Option<Duration>, OutboxError> {
        let mut own = self.shared.own_pool.begin(Access::Search).await?;
        let (offset, low_water) = (self.shared.offset(), &self.shared.low_water);
        let next = claim::next_due(own.connection(), offset, receivers, low_water)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(next.map(duration))
    }

    async fn maintain(&self, dead_letter_retention: Duration) -> Result<Maintenance, OutboxError> {
        let mut own = self.shared.own_pool.begin(Access::Page).await?;
        let offset = self.shared.offset();
        let mut maintained = maintain::maintain(own.connection(), offset, dead_letter_retention)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        if !maintained.has_more {
            maintained.freed = maintain::free_stuck(&self.shared.own_pool, offset).await?;
        }
        if maintained.freed + maintained.dead > 0 {
            self.shared.arrivals.wake();
        }
        Ok(maintained)
    }

    async fn changed(&self, seen: u64) -> u64 {
        self.shared.listener.changed(&self.shared, seen).await
    }

    async fn counts(&self) -> Result<Vec<Counts>, OutboxError> {
        let mut own = self.shared.own_pool.begin(Access::Read).await?;
        let counts = sqlx::query(COUNTS).bind(self.shared.offset());
        let counts = counts.try_map(|row: PgRow| {
            Ok(Counts {
                receiver: row.try_get("receiver")?,
                waiting: count(row.try_get("waiting")?),
                running: count(row.try_get("running")?),
                dead: count(row.try_get("dead")?),
                oldest_due: row.try_get::<Option<i64>, _>("oldest_due")?.map(duration),
            })
        });
        let counts = counts.fetch_all(own.connection()).await;
        let counts = counts.map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(counts)
    }

    fn worker_started(&self) {
        self.shared.arrivals.attend();
    }

    fn database(&self) -> Option<&'static str> {
        Some(<Postgres as sqlx::Database>::NAME)
    }

    fn transaction(&self, claim: Claim) -> Option<Arc<dyn DeliveryTransaction>> {
        Some(Arc::new(self.slot(claim)))
    }
}

impl fmt::Debug for PostgresOutbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresOutbox")
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

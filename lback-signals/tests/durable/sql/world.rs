//! A database with one table, the signals about its rows, and their receivers.

use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{env, fs, thread};

use lback_signals::{Res, Scope, Signal, SignalDatabase, SignalTransaction, receiver, signal};
use sqlx::pool::PoolOptions;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions};
use sqlx::{ConnectOptions as _, Pool, Postgres, Sqlite};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::postgres_schema::{Schema, unique_name};

/// An order has been paid.
#[signal(owned)]
pub(crate) struct Paid {
    pub(crate) order: i64,
}

#[receiver(signal = Paid, after_commit)]
fn receipt(event: &Paid, log: Res<'_, Log>, stored: Res<'_, dyn Stored>) {
    let stored = stored.orders().contains(&event.order);
    log.write(format!("receipt {}, stored {stored}", event.order));
}

#[receiver(signal = Paid, after_rollback)]
fn apology(event: &Paid, log: Res<'_, Log>) {
    log.write(format!("apology {}", event.order));
}

/// The lines that the receivers have written.
#[derive(Default)]
pub(crate) struct Log(Mutex<Vec<String>>);

impl Log {
    fn write(&self, line: String) {
        self.0.lock().unwrap().push(line);
    }
}

/// The committed orders, as other connections see them.
trait Stored: Send + Sync {
    fn orders(&self) -> Vec<i64>;
}

impl<D: TestDatabase> Stored for Pool<D> {
    fn orders(&self) -> Vec<i64> {
        let runtime = Handle::current();
        // In another thread, since this one would miss that a future is woken whose poll has called the receiver.
        block_in_place(|| {
            thread::scope(|scope| {
                let orders = scope.spawn(|| runtime.block_on(D::orders(self)));
                orders.join().unwrap()
            })
        })
    }
}

/// Tests run in it with one pooled connection.
pub(crate) struct World<D: TestDatabase> {
    pub(crate) pool: Pool<D>,
    /// Other connections.
    pub(crate) others: Pool<D>,
    log: Arc<Log>,
    pub(crate) place: D::Place,
}

impl<D: TestDatabase> World<D> {
    pub(crate) async fn new() -> Self {
        let place = D::place().await;
        let (pool, others) = (D::pool(&place, 1), D::pool(&place, 4));
        Self::of(pool, others, place).await
    }

    /// Returns a world with these pools of the database, and creates the table.
    pub(crate) async fn of(pool: Pool<D>, others: Pool<D>, place: D::Place) -> Self {
        let mut connection = others.acquire().await.unwrap();
        let table = "CREATE TABLE paid (number BIGINT PRIMARY KEY)";
        D::execute(&mut connection, table).await.unwrap();
        Self {
            pool,
            others,
            log: Arc::default(),
            place,
        }
    }

    /// Returns the scope in which the receivers write to the log of this world.
    pub(crate) fn scope(&self) -> Scope {
        let stored: Arc<dyn Stored> = Arc::new(self.others.clone());
        Scope::new()
            .provide_dyn(Arc::clone(&self.log))
            .provide_dyn(stored)
    }

    pub(crate) fn take_log(&self) -> Vec<String> {
        std::mem::take(&mut self.log.0.lock().unwrap())
    }

    pub(crate) async fn orders(&self) -> Vec<i64> {
        D::orders(&self.others).await
    }

    /// Checks that the orders are stored, and that their receivers have run once, after the commit.
    pub(crate) async fn assert_paid(&self, orders: &[i64]) {
        assert_eq!(self.orders().await, orders);
        let receipts = orders.iter().map(|it| format!("receipt {it}, stored true"));
        assert_eq!(self.take_log(), receipts.collect::<Vec<_>>());
    }

    /// Checks that no order is stored, and that the receivers of these have run once, after a rollback.
    pub(crate) async fn assert_rolled_back(&self, orders: &[i64]) {
        assert!(self.orders().await.is_empty());
        let apologies = orders.iter().map(|it| format!("apology {it}"));
        assert_eq!(self.take_log(), apologies.collect::<Vec<_>>());
    }

    /// Checks that the one connection of the pool is not in a transaction, and that no other is.
    pub(crate) async fn assert_clean(&self) {
        let mut connection = self.pool.acquire().await.unwrap();
        assert!(!sqlx::Connection::is_in_transaction(&*connection));
        // It cannot begin in a transaction, and the lock of SQLite is free.
        let transaction = sqlx::Connection::begin_with(&mut *connection, D::BEGIN);
        transaction.await.unwrap().rollback().await.unwrap();
        assert_eq!(D::open_transactions(&self.place).await, 0);
    }
}

/// Stores an order and sends its signal.
pub(crate) async fn pay<D: TestDatabase>(
    transaction: &mut SignalTransaction<'_, D>,
    order: i64,
) -> sqlx::Result<()> {
    transaction
        .run(async |rows| {
            D::insert(rows, order).await?;
            Paid { order }.send();
            Ok::<_, sqlx::Error>(())
        })
        .await
}

pub(crate) trait TestDatabase: SignalDatabase {
    /// The place of a database, removed on drop.
    type Place: Send + Sync;

    /// Begins a transaction that writes, and fails in one.
    const BEGIN: &'static str;

    async fn place() -> Self::Place;

    fn pool(place: &Self::Place, connections: u32) -> Pool<Self>;

    /// Returns the number of transactions that the server has open, except for the one that asks.
    async fn open_transactions(place: &Self::Place) -> i64;

    fn execute(
        connection: &mut Self::Connection,
        sql: &'static str,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    fn insert(
        connection: &mut Self::Connection,
        order: i64,
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    fn orders(pool: &Pool<Self>) -> impl Future<Output = Vec<i64>> + Send;
}

macro_rules! statements {
    () => {
        async fn execute(connection: &mut Self::Connection, sql: &'static str) -> sqlx::Result<()> {
            sqlx::raw_sql(sql).execute(connection).await.map(drop)
        }

        async fn insert(connection: &mut Self::Connection, order: i64) -> sqlx::Result<()> {
            let insert = sqlx::query("INSERT INTO paid VALUES ($1)").bind(order);
            insert.execute(connection).await.map(drop)
        }

        async fn orders(pool: &Pool<Self>) -> Vec<i64> {
            let orders = sqlx::query_scalar("SELECT number FROM paid ORDER BY number");
            orders.fetch_all(pool).await.unwrap()
        }
    };
}

const TIMEOUT: Duration = Duration::from_secs(20);

fn pool_options<D: sqlx::Database>(connections: u32) -> PoolOptions<D> {
    PoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(TIMEOUT)
}

impl TestDatabase for Sqlite {
    type Place = Folder;

    const BEGIN: &'static str = "BEGIN IMMEDIATE";

    async fn place() -> Folder {
        Folder::new()
    }

    fn pool(folder: &Folder, connections: u32) -> Pool<Self> {
        SqlitePoolOptions::connect_lazy_with(pool_options(connections), folder.options())
    }

    async fn open_transactions(_: &Folder) -> i64 {
        0
    }

    statements!();
}

impl TestDatabase for Postgres {
    type Place = Schema;

    const BEGIN: &'static str = "BEGIN; SELECT 1 / (now() = statement_timestamp())::int";

    async fn place() -> Schema {
        Schema::new().await
    }

    fn pool(schema: &Schema, connections: u32) -> Pool<Self> {
        PgPoolOptions::connect_lazy_with(pool_options(connections), schema.options())
    }

    async fn open_transactions(schema: &Schema) -> i64 {
        let mut connection = schema.server.connect().await.unwrap();
        let open = "SELECT count(*) FROM pg_stat_activity \
            WHERE application_name = $1 AND xact_start IS NOT NULL AND state <> 'active'";
        let open = sqlx::query_scalar(open).bind(&schema.name);
        open.fetch_one(&mut connection).await.unwrap()
    }

    statements!();
}

/// A folder for a SQLite file, deleted on drop.
pub(crate) struct Folder(std::path::PathBuf);

impl Folder {
    fn new() -> Self {
        let folder = env::temp_dir().join(unique_name());
        fs::create_dir(&folder).unwrap();
        Self(folder)
    }

    pub(crate) fn options(&self) -> SqliteConnectOptions {
        SqliteConnectOptions::new()
            .filename(self.0.join("orders.db"))
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Some systems refuse this while a connection is open.
        drop(fs::remove_dir_all(&self.0));
    }
}

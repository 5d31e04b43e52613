//! A database layer, as the shop uses it.

use std::fmt;

use lback_signals::durable::{Outbox, PostgresOutbox, SqliteOutbox};
use sqlx::{Pool, Postgres, Sqlite};

use crate::world::TestDatabase;

/// A database layer on a database, with an outbox.
pub(crate) trait Layer: Sized + 'static {
    type Database: ShopDatabase;
    type Transaction<'t>;
    type Error: fmt::Debug + 'static;

    /// Whether its futures wait, so that they can be dropped meanwhile. Otherwise its calls block.
    const WAITS: bool = true;

    /// Returns the layer on the database of this pool.
    fn new(pool: &Pool<Self::Database>) -> Self;

    /// Calls a function in a transaction of the outbox.
    async fn within<T>(
        &self,
        outbox: &<Self::Database as ShopDatabase>::Outbox,
        body: impl AsyncFnOnce(&mut Self::Transaction<'_>) -> Result<T, Self::Error>,
    ) -> Result<T, Self::Error>;

    /// Calls a function in a savepoint.
    async fn nested<T>(
        transaction: &mut Self::Transaction<'_>,
        body: impl AsyncFnOnce(&mut Self::Transaction<'_>) -> Result<T, Self::Error>,
    ) -> Result<T, Self::Error>;

    /// Waits for the statements that dropped futures have sent on connections other than those of the pool.
    async fn finish(&self) {}

    /// Stores an order, which fails if it is stored.
    async fn insert(transaction: &mut Self::Transaction<'_>, order: i64)
    -> Result<(), Self::Error>;

    async fn execute(
        transaction: &mut Self::Transaction<'_>,
        sql: &'static str,
    ) -> Result<(), Self::Error>;

    /// Returns an error of the application.
    fn refusal() -> Self::Error;

    fn is_unknown(error: &Self::Error) -> bool;
}

/// A database with its outbox.
pub(crate) trait ShopDatabase: TestDatabase {
    type Outbox: Outbox;

    /// Whether a failed statement aborts the transaction.
    const ABORTS: bool;

    /// A statement that ends the connection, if the database has one.
    const KILL: Option<&'static str>;

    /// Returns an outbox whose deliveries no worker takes.
    async fn outbox(pool: &Pool<Self>) -> Self::Outbox;

    /// Returns the stored deliveries, without ids and times.
    async fn deliveries(pool: &Pool<Self>) -> Vec<String>;
}

const DELIVERIES: &str = "SELECT stored.name || ' ' || stored.version || ' ' || CAST(payload AS TEXT) \
    || ' ' || coalesce(stored.key, '-') || ' ' || coalesce(trace, '-') || ' ' || coalesce(subject, '-') \
    || ' ' || coalesce(CAST(keep AS TEXT), '-') || ' ' || receiver || ' ' || delivery.version \
    || ' ' || coalesce(delivery.key, '-') || ' ' || coalesce(ordered_as, '-') \
    FROM lback_signal AS stored JOIN lback_delivery AS delivery ON delivery.signal = stored.id ORDER BY number";

impl ShopDatabase for Sqlite {
    type Outbox = SqliteOutbox;

    const ABORTS: bool = false;

    const KILL: Option<&'static str> = None;

    async fn outbox(pool: &Pool<Self>) -> SqliteOutbox {
        let outbox = SqliteOutbox::new(pool.clone()).await;
        outbox.unwrap().without_worker()
    }

    async fn deliveries(pool: &Pool<Self>) -> Vec<String> {
        let deliveries = sqlx::query_scalar(DELIVERIES).fetch_all(pool);
        deliveries.await.unwrap()
    }
}

impl ShopDatabase for Postgres {
    type Outbox = PostgresOutbox;

    const ABORTS: bool = true;

    const KILL: Option<&'static str> = Some("SELECT pg_terminate_backend(pg_backend_pid())");

    async fn outbox(pool: &Pool<Self>) -> PostgresOutbox {
        let outbox = PostgresOutbox::new(pool.clone()).await;
        outbox.unwrap().without_worker()
    }

    async fn deliveries(pool: &Pool<Self>) -> Vec<String> {
        let deliveries = sqlx::query_scalar(DELIVERIES).fetch_all(pool);
        deliveries.await.unwrap()
    }
}

//! A database layer, as the shop uses it.

use std::fmt;

use lback_signals::durable::{Outbox, PostgresOutbox, SqliteOutbox};
use sqlx::{Pool, Postgres, Sqlite};

use crate::world::TestDatabase;

/// A database layer on a database, with an outbox.
pub(crate) trait Layer: 'static {
    type Database: ShopDatabase;
    type Transaction<'t>;
    type Error: fmt::Debug + 'static;

    /// Calls a function in a transaction of the outbox.
    async fn within<T>(
        outbox: &<Self::Database as ShopDatabase>::Outbox,
        body: impl AsyncFnOnce(&mut Self::Transaction<'_>) -> Result<T, Self::Error>,
    ) -> Result<T, Self::Error>;

    /// Calls a function in a savepoint.
    async fn nested<T>(
        transaction: &mut Self::Transaction<'_>,
        body: impl AsyncFnOnce(&mut Self::Transaction<'_>) -> Result<T, Self::Error>,
    ) -> Result<T, Self::Error>;

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
}

impl ShopDatabase for Sqlite {
    type Outbox = SqliteOutbox;

    const ABORTS: bool = false;

    const KILL: Option<&'static str> = None;

    async fn outbox(pool: &Pool<Self>) -> SqliteOutbox {
        let outbox = SqliteOutbox::new(pool.clone()).await;
        outbox.unwrap().without_worker()
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
}

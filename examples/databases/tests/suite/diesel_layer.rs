//! The shop on Diesel: in SQLite, whose calls block, and in PostgreSQL by diesel-async.

use std::sync::Mutex;

use diesel::connection::SimpleConnection as _;
use diesel::result::Error as DieselError;
use diesel::{Connection as _, ExpressionMethods as _, QueryResult, SqliteConnection};
use diesel_async::{
    AnsiTransactionManager, AsyncConnection as _, AsyncPgConnection, SimpleAsyncConnection as _,
    TransactionManager as _,
};
use lback_signals::durable::{PostgresOutbox, SqliteOutbox};
use lback_signals_diesel::{
    TransactionError, outbox_transaction, outbox_transaction_async, transaction, transaction_async,
    transaction_error,
};
use sqlx::{ConnectOptions as _, PgPool, Postgres, Sqlite, SqlitePool};
use tokio::runtime::Handle;
use tokio::task::block_in_place;

use crate::layer::Layer;

diesel::table! {
    paid (number) {
        number -> BigInt,
    }
}

/// Diesel in SQLite. Each connection is used by one transaction at a time.
pub(crate) struct DieselSqlite {
    file: String,
    idle: Mutex<Vec<SqliteConnection>>,
}

impl DieselSqlite {
    fn connection(&self) -> SqliteConnection {
        let idle = self.idle.lock().unwrap().pop();
        idle.unwrap_or_else(|| {
            let mut connection = SqliteConnection::establish(&self.file).unwrap();
            let wait = connection.batch_execute("PRAGMA busy_timeout = 20000");
            wait.unwrap();
            connection
        })
    }
}

/// A connection that goes back when it is dropped, as with a pool.
struct Lease<'l, C> {
    /// `None` while it is dropped.
    connection: Option<C>,
    idle: &'l Mutex<Vec<C>>,
    is_broken: fn(&mut C) -> bool,
}

impl<C> Drop for Lease<'_, C> {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take()
            && !(self.is_broken)(&mut connection)
        {
            self.idle.lock().unwrap().push(connection);
        }
    }
}

impl Layer for DieselSqlite {
    type Database = Sqlite;
    type Transaction<'t> = SqliteConnection;
    type Error = DieselError;

    const WAITS: bool = false;

    fn new(pool: &SqlitePool) -> Self {
        let options = pool.connect_options();
        Self {
            file: options.get_filename().to_str().unwrap().to_owned(),
            idle: Mutex::default(),
        }
    }

    async fn within<T>(
        &self,
        outbox: &SqliteOutbox,
        body: impl AsyncFnOnce(&mut SqliteConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        block_in_place(|| {
            let mut lease = Lease {
                connection: Some(self.connection()),
                idle: &self.idle,
                is_broken: |_| false,
            };
            let connection = lease.connection.as_mut().unwrap();
            outbox_transaction(outbox, connection, |connection| {
                Handle::current().block_on(body(connection))
            })
        })
    }

    async fn nested<T>(
        connection: &mut Self::Transaction<'_>,
        body: impl AsyncFnOnce(&mut SqliteConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        block_in_place(|| {
            transaction(connection, |connection| {
                Handle::current().block_on(body(connection))
            })
        })
    }

    async fn insert(connection: &mut Self::Transaction<'_>, order: i64) -> QueryResult<()> {
        let insert = diesel::insert_into(paid::table).values(paid::number.eq(order));
        diesel::RunQueryDsl::execute(insert, connection).map(drop)
    }

    async fn execute(connection: &mut Self::Transaction<'_>, sql: &'static str) -> QueryResult<()> {
        connection.batch_execute(sql)
    }

    fn refusal() -> DieselError {
        DieselError::RollbackTransaction
    }

    fn is_unknown(error: &DieselError) -> bool {
        matches!(transaction_error(error), Some(TransactionError::Unknown(_)))
    }
}

/// Diesel in PostgreSQL.
pub(crate) struct DieselPostgres {
    config: String,
    idle: Mutex<Vec<AsyncPgConnection>>,
}

impl DieselPostgres {
    async fn connection(&self) -> AsyncPgConnection {
        loop {
            let idle = self.idle.lock().unwrap().pop();
            let Some(mut connection) = idle else {
                return AsyncPgConnection::establish(&self.config).await.unwrap();
            };
            // Its server may have ended it meanwhile. Statements are executed in the order in which they were sent.
            if connection.batch_execute("").await.is_ok() {
                return connection;
            }
        }
    }
}

impl Layer for DieselPostgres {
    type Database = Postgres;
    type Transaction<'t> = AsyncPgConnection;
    type Error = DieselError;

    fn new(pool: &PgPool) -> Self {
        let options = pool.connect_options();
        let url = options.to_url_lossy();
        let values = [
            ("host", options.get_host().to_owned()),
            ("port", options.get_port().to_string()),
            ("user", options.get_username().to_owned()),
            ("password", url.password().unwrap_or_default().to_owned()),
            (
                "dbname",
                options.get_database().unwrap_or_default().to_owned(),
            ),
            (
                "application_name",
                options
                    .get_application_name()
                    .unwrap_or_default()
                    .to_owned(),
            ),
            (
                "options",
                options.get_options().unwrap_or_default().to_owned(),
            ),
        ];
        let given = values.iter().filter(|(_, value)| !value.is_empty());
        let given = given.map(|(name, value)| format!("{name}='{value}'"));
        Self {
            config: given.collect::<Vec<_>>().join(" "),
            idle: Mutex::default(),
        }
    }

    async fn within<T>(
        &self,
        outbox: &PostgresOutbox,
        body: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        let mut lease = Lease {
            connection: Some(self.connection().await),
            idle: &self.idle,
            is_broken: AnsiTransactionManager::is_broken_transaction_manager,
        };
        let connection = lease.connection.as_mut().unwrap();
        outbox_transaction_async(outbox, connection, body).await
    }

    async fn nested<T>(
        connection: &mut Self::Transaction<'_>,
        body: impl AsyncFnOnce(&mut AsyncPgConnection) -> QueryResult<T>,
    ) -> QueryResult<T> {
        transaction_async(connection, body).await
    }

    async fn finish(&self) {
        let connection = self.connection().await;
        self.idle.lock().unwrap().push(connection);
    }

    async fn insert(connection: &mut Self::Transaction<'_>, order: i64) -> QueryResult<()> {
        let insert = diesel::insert_into(paid::table).values(paid::number.eq(order));
        diesel_async::RunQueryDsl::execute(insert, connection)
            .await
            .map(drop)
    }

    async fn execute(connection: &mut Self::Transaction<'_>, sql: &'static str) -> QueryResult<()> {
        connection.batch_execute(sql).await
    }

    fn refusal() -> DieselError {
        DieselError::RollbackTransaction
    }

    fn is_unknown(error: &DieselError) -> bool {
        matches!(transaction_error(error), Some(TransactionError::Unknown(_)))
    }
}

//! A transaction of SeaORM and signals.

use std::fmt;

use lback_signals::__private::TransactionContext;
use lback_signals::{Report, SignalTransaction, TransactionError};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseConnectionType, DbBackend, DbErr, ExecResult,
    QueryResult, Statement,
};
#[cfg(feature = "postgres")]
use sqlx::Postgres;
#[cfg(feature = "sqlite")]
use sqlx::Sqlite;
use tokio::sync::Mutex;

use crate::connection::SeaOrmConnection;
use crate::error::in_transaction;
use crate::rows::Rows;

/// A database transaction for SeaORM and a [`Transaction`](lback_signals::Transaction) of signals, of which neither is
/// committed without the other.
///
/// [`within`](crate::within) is the short form, which lends one to a function. Statements of SeaORM run in it, since it
/// is a [`ConnectionTrait`]. Signals are sent in it inside `within` and [`run`](Self::run):
///
#[cfg_attr(feature = "sqlite", doc = "```")]
#[cfg_attr(not(feature = "sqlite"), doc = "```ignore")]
/// use lback_signals::{Signal, receiver, signal};
/// use lback_signals_sea_orm::SeaOrmTransaction;
/// use sea_orm::{ConnectionTrait, Database, DbErr};
///
/// #[signal(owned)]
/// struct OrderPaid {
///     number: i64,
/// }
///
/// #[receiver(signal = OrderPaid, after_commit)]
/// fn send_receipt(event: &OrderPaid) {
///     println!("thank you for order {}", event.number);
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), DbErr> {
/// let db = Database::connect("sqlite::memory:").await?;
/// let mut tx = SeaOrmTransaction::begin(&db).await?;
/// tx.run(async |rows| {
///     rows.execute_unprepared("CREATE TABLE paid AS SELECT 7 AS number").await?;
///     OrderPaid { number: 7 }.send(); // no receipt yet
///     Ok::<_, DbErr>(())
/// })
/// .await?;
/// let report = tx.commit().await?; // now there is
/// assert_eq!(report.delivered(), 1);
/// # Ok(())
/// # }
/// ```
///
/// # How it works
///
/// It is a [`SignalTransaction`] on a connection of SeaORM's pool, and not SeaORM's `DatabaseTransaction`. The
/// documentation of [`SignalTransaction`] describes the ends of a transaction, futures that are dropped, commits of
/// unknown outcome, and how transactions begin in SQLite and PostgreSQL.
///
/// [`transaction_error`](crate::transaction_error) finds the [`TransactionError`] in a [`DbErr`].
///
/// # Limits
///
/// It implements neither `TransactionTrait` nor `StreamTrait` of SeaORM: use [`savepoint`](Self::savepoint) and a
/// paginator. The methods of an `ActiveModelEx` need `TransactionTrait`: convert it into its `ActiveModel`. Statements
/// in it are not reported to the callback of `DatabaseConnection::set_metric_callback`.
#[must_use = "dropping it rolls back: end it with `commit`"]
pub struct SeaOrmTransaction<'c> {
    backend: DbBackend,
    /// SeaORM's methods take a shared reference.
    inner: Mutex<Inner<'c>>,
}

enum Inner<'c> {
    #[cfg(feature = "postgres")]
    Postgres(SignalTransaction<'c, Postgres>),
    #[cfg(feature = "sqlite")]
    Sqlite(SignalTransaction<'c, Sqlite>),
}

/// Evaluates an expression in which `$transaction` is the transaction in either database.
macro_rules! in_either {
    ($inner:expr, $transaction:ident => $value:expr) => {
        match $inner {
            #[cfg(feature = "postgres")]
            Inner::Postgres($transaction) => $value,
            #[cfg(feature = "sqlite")]
            Inner::Sqlite($transaction) => $value,
        }
    };
}

impl SeaOrmTransaction<'static> {
    /// Begins a transaction on a connection of SeaORM's pool.
    ///
    /// For another isolation, convert a transaction of
    /// [`SignalTransaction::begin_with`] on the pool of `DatabaseConnection::get_postgres_connection_pool`, and for
    /// durable receivers one that the outbox has begun.
    ///
    /// # Errors
    ///
    /// Returns an error if the pool has no connection, if the database refuses, or if it is neither SQLite nor
    /// PostgreSQL by sqlx.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub async fn begin(db: &DatabaseConnection) -> Result<Self, DbErr> {
        match &db.inner {
            #[cfg(feature = "postgres")]
            DatabaseConnectionType::SqlxPostgresPoolConnection(_) => {
                let transaction = SignalTransaction::begin(db.get_postgres_connection_pool());
                Ok(transaction.await.map_err(in_transaction)?.into())
            }
            #[cfg(feature = "sqlite")]
            DatabaseConnectionType::SqlxSqlitePoolConnection(_) => {
                let transaction = SignalTransaction::begin(db.get_sqlite_connection_pool());
                Ok(transaction.await.map_err(in_transaction)?.into())
            }
            _ => Err(DbErr::BackendNotSupported {
                db: "other than SQLite and PostgreSQL by sqlx",
                ctx: "a transaction of signals",
            }),
        }
    }
}

impl SeaOrmTransaction<'_> {
    /// Calls a function with the connection, and polls its future in this transaction, so that its signals are sent in
    /// it.
    ///
    /// An error or a drop of the future does not end the transaction. After a panic, it cannot be committed.
    ///
    /// # Errors
    ///
    /// Returns the error of the function, or an error if the transaction has ended.
    ///
    /// # Panics
    ///
    /// If the function panics.
    pub async fn run<T, E, F>(&mut self, body: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&SeaOrmConnection<'_>) -> Result<T, E>,
        E: From<DbErr>,
    {
        let result = in_either!(self.inner.get_mut(), transaction => {
            transaction.run(async |rows| {
                let rows = SeaOrmConnection::from(rows);
                body(&rows).await.map_err(RunError::Body)
            })
            .await
        });
        result.map_err(|error| match error {
            RunError::Body(error) => error,
            RunError::Transaction(error) => in_transaction(error).into(),
        })
    }

    /// Begins a nested transaction, which is a savepoint of the database.
    ///
    /// # Errors
    ///
    /// Returns an error if the transaction has ended, or the database refuses.
    pub async fn savepoint(&mut self) -> Result<SeaOrmTransaction<'_>, DbErr> {
        in_either!(self.inner.get_mut(), transaction => {
            let nested = transaction.savepoint().await;
            Ok(nested.map_err(in_transaction)?.into())
        })
    }

    /// Commits the database, and then runs the pending `after_commit` receivers. A nested transaction hands them to
    /// the outer one instead, and the report counts them as deferred.
    ///
    /// Dropping the future after its first poll does not cancel the commit.
    ///
    /// # Errors
    ///
    /// Except for [`TransactionError::Unknown`], nothing was committed, and the pending `after_rollback` receivers
    /// have run.
    pub async fn commit(self) -> Result<Report, DbErr> {
        in_either!(self.inner.into_inner(), transaction => transaction.commit().await)
            .map_err(in_transaction)
    }

    /// Rolls the database back, and then runs the pending `after_rollback` receivers.
    ///
    /// Dropping the transaction does the same, but does not wait for the database.
    ///
    /// # Errors
    ///
    /// Returns an error if the connection is broken, upon which the database rolls back. The receivers have run.
    pub async fn rollback(self) -> Result<Report, DbErr> {
        in_either!(self.inner.into_inner(), transaction => transaction.rollback().await)
            .map_err(in_transaction)
    }

    pub(crate) fn context(&mut self) -> TransactionContext {
        in_either!(self.inner.get_mut(), transaction => transaction.__context())
    }
}

/// The error of [`SeaOrmTransaction::run`].
enum RunError<E> {
    Body(E),
    Transaction(TransactionError),
}

impl<E> From<TransactionError> for RunError<E> {
    fn from(error: TransactionError) -> Self {
        Self::Transaction(error)
    }
}

impl Inner<'_> {
    async fn rows(&mut self) -> Result<Rows<'_>, DbErr> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(transaction) => transaction.rows().await.map(Rows::Postgres),
            #[cfg(feature = "sqlite")]
            Self::Sqlite(transaction) => transaction.rows().await.map(Rows::Sqlite),
        }
        .map_err(in_transaction)
    }
}

#[cfg(feature = "postgres")]
impl<'c> From<SignalTransaction<'c, Postgres>> for SeaOrmTransaction<'c> {
    fn from(transaction: SignalTransaction<'c, Postgres>) -> Self {
        Self {
            backend: DbBackend::Postgres,
            inner: Mutex::new(Inner::Postgres(transaction)),
        }
    }
}

#[cfg(feature = "sqlite")]
impl<'c> From<SignalTransaction<'c, Sqlite>> for SeaOrmTransaction<'c> {
    fn from(transaction: SignalTransaction<'c, Sqlite>) -> Self {
        Self {
            backend: DbBackend::Sqlite,
            inner: Mutex::new(Inner::Sqlite(transaction)),
        }
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for SeaOrmTransaction<'_> {
    fn get_database_backend(&self) -> DbBackend {
        self.backend
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut inner = self.inner.lock().await;
        inner.rows().await?.execute(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut inner = self.inner.lock().await;
        inner.rows().await?.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut inner = self.inner.lock().await;
        inner.rows().await?.query_one(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut inner = self.inner.lock().await;
        inner.rows().await?.query_all(statement).await
    }
}

impl fmt::Debug for SeaOrmTransaction<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SeaOrmTransaction")
            .field("backend", &self.backend)
            .finish_non_exhaustive()
    }
}

//! The begin of an outermost transaction.

#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
use std::future::ready;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
use std::sync::Arc;

use sqlx::pool::PoolConnection;
use sqlx::{Pool, SqlSafeStr, SqlStr};
use tokio::runtime::Handle;

use super::database::SignalDatabase;
use super::error::TransactionError;
use super::open::OpenTransaction;
use super::outbox_writer::OutboxWriter;
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
use super::row_writer::RowWriter;
use super::session::Session;
use super::task::{joined, spawn};
use super::{Root, SessionRef, SignalTransaction};
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
use crate::enqueue::EnqueueLimits;
use crate::transaction::Transaction;

impl<DB: SignalDatabase> SignalTransaction<'static, DB> {
    /// Begins a transaction on a connection of the pool: with `BEGIN` in PostgreSQL, and with `BEGIN IMMEDIATE` in
    /// SQLite, which waits for its turn to write.
    ///
    /// A transaction that was left open on the connection is rolled back first, for example one whose `begin` was
    /// dropped in sqlx.
    ///
    /// # Errors
    ///
    /// The pool has no connection, or the database refuses.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub async fn begin(pool: &Pool<DB>) -> Result<Self, TransactionError> {
        Self::begin_with(pool, OpenTransaction::<DB>::default_begin()).await
    }

    /// Begins a transaction with this statement, such as `BEGIN ISOLATION LEVEL SERIALIZABLE`, or `BEGIN` in SQLite
    /// for a transaction that only reads.
    ///
    /// PostgreSQL executes a query with it, after which `SET TRANSACTION` is refused: name the isolation in the
    /// statement.
    ///
    /// # Errors
    ///
    /// The pool has no connection, or the database refuses.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub async fn begin_with(
        pool: &Pool<DB>,
        statement: impl SqlSafeStr,
    ) -> Result<Self, TransactionError> {
        let (open, runtime) = open(pool.acquire(), statement.into_sql_str()).await?;
        let root = Root {
            session: Session::new(open, runtime),
            pool: Some(pool.clone()),
            writer: OutboxWriter::NONE,
        };
        Ok(Self::new(root, Transaction::__outermost()))
    }

    /// Takes over a transaction that sqlx has begun, with `Pool::begin` or `Pool::begin_with`.
    ///
    /// A transaction on a borrowed connection cannot be adopted, since no task could own it to commit it: use
    /// [`Transaction::commit_with`] with its `commit()`. The outcome of a commit whose connection breaks is
    /// [unknown](TransactionError::Unknown), since there is no pool to ask.
    ///
    /// # Errors
    ///
    /// It is a savepoint.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub fn adopt(transaction: sqlx::Transaction<'static, DB>) -> Result<Self, TransactionError> {
        let runtime = Handle::current();
        let open = OpenTransaction::adopt(transaction, runtime.clone())?;
        let root = Root {
            session: Session::new(open, runtime),
            pool: None,
            writer: OutboxWriter::NONE,
        };
        Ok(Self::new(root, Transaction::__outermost()))
    }

    /// Begins a transaction on a connection, as [`begin_with`](Self::begin_with) does. Its deliveries are written by an
    /// outbox. The outcome of an unanswered commit is asked for in the pool.
    #[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
    pub(crate) async fn begin_durable(
        connection: PoolConnection<DB>,
        statement: SqlStr,
        pool: &Pool<DB>,
        writer: Arc<dyn RowWriter<DB>>,
        limits: EnqueueLimits,
    ) -> Result<Self, TransactionError> {
        let (open, runtime) = open(ready(Ok(connection)), statement).await?;
        let root = Root {
            session: Session::new(open, runtime),
            pool: Some(pool.clone()),
            writer: OutboxWriter::new(writer),
        };
        Ok(Self::new(root, Transaction::with_limits(limits)))
    }

    /// Takes over a transaction, whose deliveries are written by an outbox. The outcome of an unanswered commit is
    /// asked for in the pool.
    #[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
    pub(crate) fn adopt_durable(
        transaction: sqlx::Transaction<'static, DB>,
        pool: &Pool<DB>,
        writer: Arc<dyn RowWriter<DB>>,
        limits: EnqueueLimits,
    ) -> Result<Self, TransactionError> {
        let runtime = Handle::current();
        let open = OpenTransaction::adopt(transaction, runtime.clone())?;
        let root = Root {
            session: Session::new(open, runtime),
            pool: Some(pool.clone()),
            writer: OutboxWriter::new(writer),
        };
        Ok(Self::new(root, Transaction::with_limits(limits)))
    }

    fn new(root: Root<DB>, signals: Transaction) -> Self {
        Self {
            session: SessionRef::Outermost(Box::new(root)),
            signals,
            depth: 1,
            has_panicked: false,
        }
    }
}

async fn open<DB: SignalDatabase>(
    connection: impl Future<Output = sqlx::Result<PoolConnection<DB>>>,
    statement: SqlStr,
) -> Result<(OpenTransaction<DB>, Handle), TransactionError> {
    let runtime = Handle::current();
    let connection = connection.await?;
    let task = spawn(
        &runtime,
        OpenTransaction::begin(connection, statement, runtime.clone()),
    );
    match joined(task.await) {
        Ok(open) => Ok((open?, runtime)),
        Err(_) => Err(TransactionError::RuntimeEnded),
    }
}

//! The transactions of applications.

use std::pin::Pin;
use std::sync::Arc;

use sqlx::{Postgres, SqlSafeStr as _, SqlStr};

use super::statements::{needs_read_committed, read_committed};
use super::writer::Writer;
use super::{PostgresOutbox, chains};
use crate::durable::delivery_slot::{CommitObserver, Completes, DeliverySlot};
use crate::durable::error::OutboxError;
use crate::durable::outbox::Claim;
use crate::durable::sql_sending;
use crate::report::Report;
use crate::signal::{AsyncSignal, SyncSignal};
use crate::sql_transaction::{
    BeginSignals, OpenTransaction, SignalTransaction, TransactionError, run_within,
};

/// Begins the transaction of a receiver. In a stricter one than READ COMMITTED, the transactions that complete the last
/// two deliveries of a signal could each see the other's, and leave the signal.
const BEGIN_DELIVERY: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// Begins a transaction of a program with receivers of `order = key`. Fails unless it is READ COMMITTED, in the same
/// message.
const BEGIN_ORDERED: &str = concat!("BEGIN; SELECT ", read_committed!());

impl PostgresOutbox {
    /// Begins a transaction (`BEGIN`) on a connection of the application's pool, with which the deliveries of the
    /// signals that are sent in it are committed.
    ///
    /// Its isolation is the default of the database. For another one, begin it with sqlx's `Pool::begin_with` and
    /// [`adopt`](Self::adopt) it. A program with receivers of `order = key` needs READ COMMITTED, which is PostgreSQL's
    /// own default.
    ///
    /// # Errors
    ///
    /// The pool has no connection, or the database refuses. [`Isolation`](TransactionError::Isolation) if the default
    /// is another one than READ COMMITTED, and a receiver with `order = key` is linked.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub async fn begin(&self) -> Result<SignalTransaction<'static, Postgres>, TransactionError> {
        if !self.shared.has_ordered_receivers {
            let begin = OpenTransaction::<Postgres>::default_begin();
            return self.begin_with(begin, None).await;
        }
        let begun = self.begin_with(BEGIN_ORDERED.into_sql_str(), None).await;
        begun.map_err(|error| match error {
            TransactionError::Database(error) if chains::is_other_isolation(&error) => {
                TransactionError::Isolation
            }
            error => error,
        })
    }

    /// Takes over a transaction that sqlx has begun on a connection of a pool: of the outbox's pool, or of another
    /// one for the same database.
    ///
    /// If it is not READ COMMITTED, its commit fails with [`Isolation`](TransactionError::Isolation) when a receiver
    /// with `order = key` gets a delivery in it.
    ///
    /// # Errors
    ///
    /// It is a savepoint.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub fn adopt(
        &self,
        transaction: sqlx::Transaction<'static, Postgres>,
    ) -> Result<SignalTransaction<'static, Postgres>, TransactionError> {
        let writer = Arc::new(Writer::new(Arc::clone(&self.shared), None));
        let own_pool = self.shared.own_pool.pool();
        SignalTransaction::adopt_durable(transaction, own_pool, writer, self.limits)
    }

    /// Sends a signal, and then stores its deliveries in a separate transaction. Receivers that wait for a
    /// commit wait for that one.
    ///
    /// While the caller has a transaction of the outbox open, send the signal in that one instead, so that it is
    /// committed with the rest.
    ///
    /// # Errors
    ///
    /// Returns why the deliveries were not stored. Receivers that do not wait for a commit have run. If the connection
    /// breaks during the commit, the server is asked for the outcome. If it does not answer, the error is
    /// [`Unavailable`](OutboxError::Unavailable), and the deliveries may have been stored.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub async fn send<S>(&self, signal: S) -> Result<Report<S::Reply>, OutboxError>
    where
        S: SyncSignal,
    {
        sql_sending::send(self, self.limits, signal).await
    }

    /// Sends an async signal, and then stores its deliveries, as [`send`](Self::send) does.
    ///
    /// # Errors
    ///
    /// As for [`send`](Self::send).
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub async fn send_async<S>(&self, signal: S) -> Result<Report<S::Reply>, OutboxError>
    where
        S: AsyncSignal,
    {
        sql_sending::send_async(self, self.limits, signal).await
    }

    /// Returns the transaction of a delivery, which is not begun.
    pub(super) fn slot(&self, claim: Claim) -> DeliverySlot<Postgres> {
        let observer = Arc::new(CommitObserver::default());
        let (outbox, of_commit) = (self.clone(), Arc::clone(&observer));
        let begin = move || -> Pin<Box<dyn Future<Output = _> + Send>> {
            let (outbox, observer) = (outbox.clone(), Arc::clone(&of_commit));
            Box::pin(async move {
                let completes = Completes { claim, observer };
                let begin = BEGIN_DELIVERY.into_sql_str();
                outbox.begin_with(begin, Some(completes)).await
            })
        };
        // Others may write meanwhile.
        DeliverySlot::new(begin, observer, None)
    }

    async fn begin_with(
        &self,
        begin: SqlStr,
        completes: Option<Completes>,
    ) -> Result<SignalTransaction<'static, Postgres>, TransactionError> {
        let connection = self.shared.pool.acquire().await?;
        let writer = Arc::new(Writer::new(Arc::clone(&self.shared), completes));
        let own_pool = self.shared.own_pool.pool();
        SignalTransaction::begin_durable(connection, begin, own_pool, writer, self.limits).await
    }
}

impl BeginSignals for &PostgresOutbox {
    type Database = Postgres;

    async fn __within<T, E, F>(self, body: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut SignalTransaction<'_, Postgres>) -> Result<T, E>,
        E: From<TransactionError>,
    {
        run_within(self.begin().await?, body).await
    }
}

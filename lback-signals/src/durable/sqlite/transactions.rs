//! The transactions of applications.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sqlx::Sqlite;

use super::SqliteOutbox;
use super::write_queue::{RECEIVER_TIMEOUT, TIMEOUT};
use super::writer::Writer;
use crate::durable::delivery_slot::{CommitObserver, Completes, DeliverySlot};
use crate::durable::error::OutboxError;
use crate::durable::outbox::Claim;
use crate::durable::sql_sending;
use crate::report::Report;
use crate::signal::{AsyncSignal, SyncSignal};
use crate::sql_transaction::{
    BeginSignals, OpenTransaction, SignalTransaction, TransactionError, run_within,
};

impl SqliteOutbox {
    /// Begins a transaction (`BEGIN IMMEDIATE`), with which the deliveries of the signals that are sent in it are
    /// committed.
    ///
    /// The transactions of an outbox take turns, since SQLite has one writer at a time.
    ///
    /// # Errors
    ///
    /// The pool has no connection, another transaction of the outbox does not end in 5 seconds
    /// ([`Busy`](TransactionError::Busy)), or another process has locked the database.
    ///
    /// # Panics
    ///
    /// If it is called outside a tokio runtime.
    pub async fn begin(&self) -> Result<SignalTransaction<'static, Sqlite>, TransactionError> {
        self.begin_within(TIMEOUT, None).await
    }

    /// Takes over a transaction that sqlx has begun on a connection of a pool: of the outbox's pool, or of another
    /// one for the same file. It should have begun with `BEGIN IMMEDIATE`.
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
        transaction: sqlx::Transaction<'static, Sqlite>,
    ) -> Result<SignalTransaction<'static, Sqlite>, TransactionError> {
        let writer = Arc::new(Writer::new(Arc::clone(&self.shared), None, None));
        SignalTransaction::adopt_durable(transaction, &self.shared.pool, writer, self.limits)
    }

    /// Sends a signal, and then stores its deliveries in a separate transaction. Receivers that wait for a
    /// commit wait for that one.
    ///
    /// While the caller has a transaction of the outbox open, send the signal in that one instead: this one would
    /// wait for its end.
    ///
    /// # Errors
    ///
    /// Returns why the deliveries were not stored. Receivers that do not wait for a commit have run.
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
    pub(super) fn slot(&self, claim: Claim) -> DeliverySlot<Sqlite> {
        let observer = Arc::new(CommitObserver::default());
        let (outbox, of_commit) = (self.clone(), Arc::clone(&observer));
        let begin = move || -> Pin<Box<dyn Future<Output = _> + Send>> {
            let (outbox, observer) = (outbox.clone(), Arc::clone(&of_commit));
            Box::pin(async move {
                let completes = Completes { claim, observer };
                outbox.begin_within(RECEIVER_TIMEOUT, Some(completes)).await
            })
        };
        DeliverySlot::new(begin, observer, Some(self.shared.open_watch.clone()))
    }

    async fn begin_within(
        &self,
        limit: Duration,
        completes: Option<Completes>,
    ) -> Result<SignalTransaction<'static, Sqlite>, TransactionError> {
        let pool = &self.shared.pool;
        let (permit, connection) = self.shared.write_queue.acquire(pool, limit).await?;
        let writer = Writer::new(Arc::clone(&self.shared), Some(permit), completes);
        let writer = Arc::new(writer);
        let begin = OpenTransaction::<Sqlite>::default_begin();
        SignalTransaction::begin_durable(connection, begin, pool, writer, self.limits).await
    }
}

impl BeginSignals for &SqliteOutbox {
    type Database = Sqlite;

    async fn __within<T, E, F>(self, body: F) -> Result<T, E>
    where
        F: AsyncFnOnce(&mut SignalTransaction<'_, Sqlite>) -> Result<T, E>,
        E: From<TransactionError>,
    {
        run_within(self.begin().await?, body).await
    }
}

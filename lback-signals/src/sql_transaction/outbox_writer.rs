//! Writes the deliveries of a transaction, if it has an outbox.

#[cfg(not(feature = "durable"))]
use std::marker::PhantomData;
#[cfg(feature = "durable")]
use std::sync::Arc;

use super::database::SignalDatabase;
use super::error::TransactionError;
#[cfg(feature = "durable")]
use super::row_writer::RowWriter;
use crate::transaction::Transaction;

/// Writes the deliveries of a transaction for its outbox, if it has one.
pub(super) struct OutboxWriter<DB: SignalDatabase> {
    #[cfg(feature = "durable")]
    writer: Option<Arc<dyn RowWriter<DB>>>,
    #[cfg(not(feature = "durable"))]
    database: PhantomData<fn() -> DB>,
}

/// The state of a transaction before its COMMIT.
pub(super) struct Written {
    /// The id of the transaction in PostgreSQL, if it has written anything.
    pub(super) id: Option<String>,
    pub(super) has_deliveries: bool,
}

#[cfg(feature = "durable")]
impl<DB: SignalDatabase> OutboxWriter<DB> {
    pub(super) const NONE: Self = Self { writer: None };

    #[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
    pub(super) fn new(writer: Arc<dyn RowWriter<DB>>) -> Self {
        Self {
            writer: Some(writer),
        }
    }

    /// Writes the deliveries. Returns `None` if there are none. Without an outbox it leaves them, and the commit of
    /// the signals fails.
    pub(super) async fn write(
        &self,
        connection: &mut DB::Connection,
        signals: &Transaction,
    ) -> Result<Option<Written>, TransactionError> {
        let Some(writer) = &self.writer else {
            return Ok(None);
        };
        let rows = signals.take_deliveries()?;
        let has_deliveries = !rows.is_empty();
        if !has_deliveries && !writer.writes_always() {
            return Ok(None);
        }
        let id = writer.write(connection, rows).await?;
        Ok(Some(Written { id, has_deliveries }))
    }

    /// Tells the outbox that the transaction is committed.
    pub(super) fn committed(&self, has_deliveries: bool) {
        if let Some(writer) = &self.writer {
            writer.committed(has_deliveries);
        }
    }
}

#[cfg(not(feature = "durable"))]
#[expect(
    clippy::unused_async,
    clippy::unused_self,
    reason = "the signatures match those with `durable`"
)]
impl<DB: SignalDatabase> OutboxWriter<DB> {
    pub(super) const NONE: Self = Self {
        database: PhantomData,
    };

    pub(super) async fn write(
        &self,
        _: &mut DB::Connection,
        _: &Transaction,
    ) -> Result<Option<Written>, TransactionError> {
        Ok(None)
    }

    pub(super) fn committed(&self, _: bool) {}
}

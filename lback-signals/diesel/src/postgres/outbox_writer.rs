//! The outbox of a transaction, if it has one.

use diesel::QueryResult;
use diesel_async::AsyncPgConnection;
use lback_signals::Transaction;
#[cfg(feature = "durable-postgres")]
use {
    crate::error::TransactionError, diesel::pg::Pg, diesel::sql_query, diesel::sql_types::Text,
    diesel_async::RunQueryDsl as _, lback_signals::durable::PostgresOutbox,
};

/// Writes the deliveries of a transaction, and asks for the outcome of its commit, if it has an outbox.
pub(super) struct OutboxWriter {
    #[cfg(feature = "durable-postgres")]
    outbox: Option<PostgresOutbox>,
    #[cfg(feature = "durable-postgres")]
    has_deliveries: bool,
}

#[cfg(feature = "durable-postgres")]
impl OutboxWriter {
    pub(super) const NONE: Self = Self {
        outbox: None,
        has_deliveries: false,
    };

    pub(super) fn new(outbox: &PostgresOutbox) -> Self {
        Self {
            outbox: Some(outbox.clone()),
            has_deliveries: false,
        }
    }

    /// Writes the deliveries, in a transaction that has not ended. Without an outbox it leaves them.
    pub(super) async fn write(
        &mut self,
        connection: &mut AsyncPgConnection,
        signals: &Transaction,
    ) -> QueryResult<()> {
        let Some(outbox) = &self.outbox else {
            return Ok(());
        };
        let rows = signals.take_deliveries();
        let rows = rows.map_err(|error| TransactionError::Enqueue(error.into()))?;
        self.has_deliveries = !rows.is_empty();
        for statement in outbox.insert_statements(&rows) {
            let mut query = sql_query(statement.sql).into_boxed::<Pg>();
            for value in statement.values {
                query = query.bind::<Text, _>(value);
            }
            query.execute(connection).await?;
        }
        Ok(())
    }

    /// Returns whether the transaction of this id was committed, or `None` if that is not to be found out.
    pub(super) async fn was_committed(&self, id: &str) -> Option<bool> {
        self.outbox.as_ref()?.__was_committed(id).await
    }

    /// Tells the outbox that the transaction is committed.
    pub(super) fn committed(&self) {
        if let Some(outbox) = &self.outbox
            && self.has_deliveries
        {
            outbox.wake();
        }
    }
}

#[cfg(not(feature = "durable-postgres"))]
#[expect(
    clippy::unused_async,
    clippy::unused_self,
    reason = "the signatures match those with `durable-postgres`"
)]
impl OutboxWriter {
    pub(super) const NONE: Self = Self {};

    pub(super) async fn write(
        &mut self,
        _: &mut AsyncPgConnection,
        _: &Transaction,
    ) -> QueryResult<()> {
        Ok(())
    }

    pub(super) async fn was_committed(&self, _: &str) -> Option<bool> {
        None
    }

    pub(super) fn committed(&self) {}
}

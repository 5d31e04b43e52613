//! Writing the deliveries of a transaction for its outbox.

use diesel::sql_types::Text;
use diesel::sqlite::Sqlite;
use diesel::{QueryResult, RunQueryDsl as _, SqliteConnection, sql_query};
use lback_signals::Transaction;
use lback_signals::durable::SqliteOutbox;

use super::open::Writer;
use crate::error::TransactionError;

/// Writes the deliveries of one transaction.
pub(super) struct OutboxWriter<'o> {
    outbox: &'o SqliteOutbox,
    has_deliveries: bool,
}

impl<'o> OutboxWriter<'o> {
    pub(super) fn new(outbox: &'o SqliteOutbox) -> Self {
        Self {
            outbox,
            has_deliveries: false,
        }
    }
}

impl Writer for OutboxWriter<'_> {
    fn write(
        &mut self,
        connection: &mut SqliteConnection,
        signals: &Transaction,
    ) -> QueryResult<()> {
        let rows = signals.take_deliveries();
        let rows = rows.map_err(|error| TransactionError::Enqueue(error.into()))?;
        self.has_deliveries = !rows.is_empty();
        for statement in self.outbox.insert_statements(&rows) {
            let mut query = sql_query(statement.sql).into_boxed::<Sqlite>();
            for value in statement.values {
                query = query.bind::<Text, _>(value);
            }
            query.execute(connection)?;
        }
        Ok(())
    }

    fn committed(&self) {
        if self.has_deliveries {
            self.outbox.wake();
        }
    }
}

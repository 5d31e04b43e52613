//! The outbox of a store in PostgreSQL.

use lback_signals::durable::{OutboxAdmin, PostgresOutbox, SignalRow, StoredSignal};
use sqlx::{PgConnection, Postgres};

use crate::store::StoreError;
use crate::store::sql::SqlOutbox;

impl SqlOutbox<Postgres> for PostgresOutbox {
    async fn insert(
        &self,
        connection: &mut PgConnection,
        signals: &[SignalRow],
    ) -> sqlx::Result<()> {
        self.insert_in(connection, signals).await
    }

    async fn erase(&self, connection: &mut PgConnection, subjects: &[&str]) -> sqlx::Result<()> {
        self.erase_in(connection, subjects).await
    }

    async fn signals_of(&self, subject: &str) -> Result<Vec<StoredSignal>, StoreError> {
        let signals = OutboxAdmin::signals_of(self, subject).await;
        signals.map_err(|error| StoreError::Unavailable(error.into()))
    }

    fn wake(&self) {
        Self::wake(self);
    }
}

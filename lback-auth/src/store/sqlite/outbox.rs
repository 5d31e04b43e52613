//! The outbox of a store in SQLite.

use lback_signals::durable::{OutboxAdmin, SignalRow, SqliteOutbox, StoredSignal};
use sqlx::{Sqlite, SqliteConnection};

use crate::store::StoreError;
use crate::store::sql::SqlOutbox;

impl SqlOutbox<Sqlite> for SqliteOutbox {
    async fn insert(
        &self,
        connection: &mut SqliteConnection,
        signals: &[SignalRow],
    ) -> sqlx::Result<()> {
        self.insert_in(connection, signals).await
    }

    async fn erase(
        &self,
        connection: &mut SqliteConnection,
        subjects: &[&str],
    ) -> sqlx::Result<()> {
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

//! The outbox of a store in SQLite.

use lback_signals::durable::{SignalRow, SqliteOutbox};
use sqlx::{Sqlite, SqliteConnection};

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

    fn wake(&self) {
        Self::wake(self);
    }
}

//! The outbox of a store in PostgreSQL.

use lback_signals::durable::{PostgresOutbox, SignalRow};
use sqlx::{PgConnection, Postgres};

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

    fn wake(&self) {
        Self::wake(self);
    }
}

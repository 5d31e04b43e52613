//! A transaction of the outbox itself.

use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::runtime::Handle;

use super::write_queue::{TIMEOUT, WritePermit, WriteQueue};
use crate::durable::error::OutboxError;
use crate::sql_transaction::OpenTransaction;

/// A connection in a transaction that writes. Dropping it rolls back.
///
/// Its futures may be dropped at any time: sqlx itself rolls back a transaction of SQLite whose BEGIN was dropped
/// unanswered, and does not roll back one whose COMMIT was.
pub(super) struct Writing {
    open: OpenTransaction<Sqlite>,
    // Dropped after the connection, which asks for the rollback.
    _permit: WritePermit,
}

impl Writing {
    pub(super) async fn begin(
        pool: &SqlitePool,
        write_queue: &WriteQueue,
    ) -> Result<Self, OutboxError> {
        let (permit, connection) = write_queue.acquire(pool, TIMEOUT).await?;
        let begin = OpenTransaction::<Sqlite>::default_begin();
        let open = OpenTransaction::begin(connection, begin, Handle::current()).await;
        Ok(Self {
            open: open.map_err(OutboxError::of_database)?,
            _permit: permit,
        })
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.open.connection()
    }

    pub(super) async fn commit(mut self) -> Result<(), OutboxError> {
        self.open.commit().await.map_err(OutboxError::of_database)
    }
}

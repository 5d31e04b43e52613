//! A transaction of the outbox itself.

use sqlx::{Sqlite, SqliteConnection, SqlitePool};
use tokio::runtime::Handle;

use super::turns::{PATIENCE, Turn, Turns};
use crate::durable::error::OutboxError;
use crate::sql_transaction::Open;

/// A connection in a transaction that writes. Dropping it rolls back.
///
/// Its futures may be dropped at any time: sqlx itself rolls back a transaction of SQLite whose BEGIN was dropped
/// unanswered, and does not roll back one whose COMMIT was.
pub(super) struct Writing {
    open: Open<Sqlite>,
    // Dropped after the connection, which asks for the rollback.
    _turn: Turn,
}

impl Writing {
    pub(super) async fn begin(pool: &SqlitePool, turns: &Turns) -> Result<Self, OutboxError> {
        let turn = turns.wait(PATIENCE).await?;
        let connection = pool.acquire().await.map_err(OutboxError::of_sqlite)?;
        let begin = Open::<Sqlite>::default_begin();
        let open = Open::begin(connection, begin, Handle::current()).await;
        Ok(Self {
            open: open.map_err(OutboxError::of_sqlite)?,
            _turn: turn,
        })
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        self.open.connection()
    }

    pub(super) async fn commit(mut self) -> Result<(), OutboxError> {
        self.open.commit().await.map_err(OutboxError::of_sqlite)
    }
}

//! The queue of the writers of this process.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::{Sqlite, SqlitePool};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::sql_transaction::TransactionError;

/// The time for which a writer waits for its turn. A task that waits for its own transaction would wait for ever.
pub(super) const TIMEOUT: Duration = Duration::from_secs(5);

/// The time for which the transaction of a receiver waits. After a shorter one its attempt would fail because others
/// are slow.
pub(super) const RECEIVER_TIMEOUT: Duration = Duration::from_secs(30);

/// The time for which a writer whose turn it is waits for an idle connection, which another task may have taken first.
const IDLE_CONNECTION_TIMEOUT: Duration = Duration::from_millis(100);

/// The writers of this process, in the order of their requests.
///
/// SQLite has one writer at a time. It lets the others sleep and try again, for up to 100 ms each time, so that one
/// of them may wait for long while others come and go.
#[derive(Clone, Debug)]
pub(super) struct WriteQueue(Arc<Semaphore>);

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(super) struct WritePermit(
    #[expect(dead_code, reason = "dropped at the end")] OwnedSemaphorePermit,
);

impl WriteQueue {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    /// Waits for the turn to write, and for a connection of the pool.
    ///
    /// The turn is not kept while the pool has no connection: the tasks that have them may wait for the turn. Only
    /// then a writer waits for its turn with a connection, which readers miss meanwhile.
    pub(super) async fn acquire(
        &self,
        pool: &SqlitePool,
        limit: Duration,
    ) -> Result<(WritePermit, PoolConnection<Sqlite>), TransactionError> {
        let permit = self.turn(limit).await?;
        if pool.num_idle() > 0
            && let Ok(connection) = timeout(IDLE_CONNECTION_TIMEOUT, pool.acquire()).await
        {
            return Ok((permit, connection?));
        }
        drop(permit);
        let connection = pool.acquire().await?;
        Ok((self.turn(limit).await?, connection))
    }

    async fn turn(&self, limit: Duration) -> Result<WritePermit, TransactionError> {
        match timeout(limit, Arc::clone(&self.0).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(WritePermit(permit)),
            // It is never closed.
            Ok(Err(_)) | Err(_) => Err(TransactionError::Busy),
        }
    }
}

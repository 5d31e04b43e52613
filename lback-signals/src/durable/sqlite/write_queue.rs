//! The turns of those who write.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use crate::sql_transaction::TransactionError;

/// How long a writer waits for its turn. One that is waited for by its own task never ends.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// How long a receiver waits for the turn of its transaction. Its attempt fails otherwise, although others are slow.
pub(super) const PATIENCE_OF_RECEIVERS: Duration = Duration::from_secs(30);

/// The turns of the writers of this process, in the order of asking.
///
/// SQLite has one writer at a time. It lets the others sleep and look again, for up to 100 ms each time, so that one
/// of them may wait for long while others come and go.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Semaphore>);

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn(#[expect(dead_code, reason = "dropped at the end")] OwnedSemaphorePermit);

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    pub(super) async fn wait(&self, patience: Duration) -> Result<Turn, TransactionError> {
        match timeout(patience, Arc::clone(&self.0).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Turn(permit)),
            // It is never closed.
            Ok(Err(_)) | Err(_) => Err(TransactionError::Busy),
        }
    }
}

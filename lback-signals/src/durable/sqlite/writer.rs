//! Writing the deliveries of an application's transaction, and completing the one of a receiver's.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{Sqlite, SqliteConnection};

use super::write_queue::WritePermit;
use super::{Shared, chains, finish, insert};
use crate::durable::delivery_slot::Completes;
use crate::enqueue::SignalRow;
use crate::sql_transaction::RowWriter;

/// Writes the deliveries of one transaction.
pub(super) struct Writer {
    shared: Arc<Shared>,
    /// Held until the transaction has ended. `None` for an adopted one.
    _permit: Option<WritePermit>,
    completes: Option<Completes>,
    /// Whether the completed delivery has freed the next one of its chain.
    has_freed: AtomicBool,
}

impl Writer {
    pub(super) fn new(
        shared: Arc<Shared>,
        permit: Option<WritePermit>,
        completes: Option<Completes>,
    ) -> Self {
        Self {
            shared,
            _permit: permit,
            completes,
            has_freed: AtomicBool::new(false),
        }
    }

    async fn write(
        &self,
        rows: &mut SqliteConnection,
        signals: Vec<SignalRow>,
    ) -> sqlx::Result<Option<String>> {
        insert::insert(rows, self.shared.offset(), &signals).await?;
        let Some(Completes { claim, observer }) = &self.completes else {
            return Ok(None);
        };
        let offset = self.shared.offset();
        let completed = finish::complete(rows, offset, &[*claim]).await?;
        if completed.claims.is_empty() {
            observer.claim_is_lost();
            return Err(sqlx::Error::RowNotFound);
        }
        if !completed.chains.is_empty() {
            let freed = chains::free(rows, offset, &completed.chains).await?;
            self.has_freed.store(freed > 0, Ordering::Relaxed);
        }
        Ok(None)
    }
}

impl RowWriter<Sqlite> for Writer {
    fn write<'w>(
        &'w self,
        rows: &'w mut SqliteConnection,
        signals: Vec<SignalRow>,
    ) -> Pin<Box<dyn Future<Output = sqlx::Result<Option<String>>> + Send + 'w>> {
        Box::pin(self.write(rows, signals))
    }

    fn writes_always(&self) -> bool {
        self.completes.is_some()
    }

    fn committed(&self, has_deliveries: bool) {
        if has_deliveries {
            self.shared.arrivals.committed();
        } else if self.has_freed.load(Ordering::Relaxed) {
            self.shared.arrivals.wake();
        }
        if let Some(completes) = &self.completes {
            completes.observer.committed();
        }
    }
}

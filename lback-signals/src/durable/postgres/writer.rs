//! Writing the deliveries of an application's transaction, and completing the one of a receiver's.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sqlx::{PgConnection, Postgres};

use super::{Shared, chains, finish, insert};
use crate::durable::delivery_slot::Completes;
use crate::enqueue::SignalRow;
use crate::sql_transaction::RowWriter;

/// Writes the deliveries of one transaction.
pub(super) struct Writer {
    shared: Arc<Shared>,
    completes: Option<Completes>,
    /// Whether the completed delivery has freed the next one of its chain.
    has_freed: AtomicBool,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, completes: Option<Completes>) -> Self {
        Self {
            shared,
            completes,
            has_freed: AtomicBool::new(false),
        }
    }

    async fn write(
        &self,
        rows: &mut PgConnection,
        signals: Vec<SignalRow>,
    ) -> sqlx::Result<Option<String>> {
        // Fails outside of a transaction, which the application may have ended by a statement of SQL.
        let check = sqlx::raw_sql("SAVEPOINT lback_signals").execute(&mut *rows);
        check.await?;
        let offset = self.shared.offset();
        let Some(Completes { claim, observer }) = &self.completes else {
            return insert::insert(rows, offset, &signals).await;
        };
        let mut chains = finish::lock_signals(rows, &[*claim]).await?;
        if !chains.is_empty() {
            // All of them at once: two transactions that lock each other's chains one by one would wait for ever.
            chains.extend(chains::of_rows(&signals));
            chains::lock(rows, &chains).await?;
        }
        insert::insert(rows, offset, &signals).await?;
        let Some(completed) = finish::complete(rows, offset, &[*claim]).await?.pop() else {
            observer.claim_is_lost();
            return Err(sqlx::Error::RowNotFound);
        };
        if let Some(chain) = completed.chain {
            let freed = chains::free(rows, offset, &[chain]).await?;
            self.has_freed.store(freed > 0, Ordering::Relaxed);
        }
        Ok(Some(completed.transaction))
    }
}

impl RowWriter<Postgres> for Writer {
    fn write<'w>(
        &'w self,
        rows: &'w mut PgConnection,
        signals: Vec<SignalRow>,
    ) -> Pin<Box<dyn Future<Output = sqlx::Result<Option<String>>> + Send + 'w>> {
        Box::pin(self.write(rows, signals))
    }

    fn writes_always(&self) -> bool {
        self.completes.is_some()
    }

    fn committed(&self, has_deliveries: bool) {
        if has_deliveries {
            self.shared.committed();
        } else if self.has_freed.load(Ordering::Relaxed) {
            self.shared.arrivals.wake();
        }
        if let Some(completes) = &self.completes {
            completes.observer.committed();
        }
    }
}

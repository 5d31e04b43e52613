//! Writing the deliveries of an application's transaction, and completing the one of a receiver's.

use std::pin::Pin;
use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection};

use super::write_queue::WritePermit;
use super::{Shared, finish, insert};
use crate::durable::delivery_slot::Completes;
use crate::enqueue::SignalRow;
use crate::sql_transaction::RowWriter;

/// Writes the deliveries of one transaction.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    /// Held until the transaction has ended. `None` for an adopted one.
    pub(super) _permit: Option<WritePermit>,
    pub(super) completes: Option<Completes>,
}

impl Writer {
    async fn write(
        &self,
        rows: &mut SqliteConnection,
        signals: Vec<SignalRow>,
    ) -> sqlx::Result<Option<String>> {
        insert::insert(rows, self.shared.offset(), &signals).await?;
        if let Some(Completes { claim, observer }) = &self.completes
            && finish::complete(rows, self.shared.offset(), &[*claim])
                .await?
                .is_empty()
        {
            observer.claim_is_lost();
            return Err(sqlx::Error::RowNotFound);
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
        }
        if let Some(completes) = &self.completes {
            completes.observer.committed();
        }
    }
}

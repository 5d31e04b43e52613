//! Writing the deliveries of an application's transaction, and completing the one of a receiver's.

use std::pin::Pin;
use std::sync::Arc;

use sqlx::{PgConnection, Postgres};

use super::{Shared, finish, insert};
use crate::durable::delivery_slot::Completes;
use crate::enqueue::SignalRow;
use crate::sql_transaction::RowWriter;

/// Writes the deliveries of one transaction.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    pub(super) completes: Option<Completes>,
}

impl Writer {
    async fn write(
        &self,
        rows: &mut PgConnection,
        signals: Vec<SignalRow>,
    ) -> sqlx::Result<Option<String>> {
        // Fails outside of a transaction, which the application may have ended by a statement of SQL.
        let check = sqlx::raw_sql("SAVEPOINT lback_signals").execute(&mut *rows);
        check.await?;
        let id = insert::insert(rows, self.shared.offset(), &signals).await?;
        let Some(Completes { claim, observer }) = &self.completes else {
            return Ok(id);
        };
        let completed = finish::complete(rows, self.shared.offset(), &[*claim]).await?;
        let Some(completed) = completed.into_iter().next() else {
            observer.claim_is_lost();
            return Err(sqlx::Error::RowNotFound);
        };
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
        }
        if let Some(completes) = &self.completes {
            completes.observer.committed();
        }
    }
}

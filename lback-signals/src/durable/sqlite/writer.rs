//! Writing the deliveries of an application's transaction.

use std::pin::Pin;
use std::sync::Arc;

use sqlx::{Sqlite, SqliteConnection};

use super::turns::Turn;
use super::{Shared, insert};
use crate::enqueue::SignalRow;
use crate::sql_transaction::RowWriter;

/// Writes the deliveries of one transaction.
pub(super) struct Writer {
    pub(super) shared: Arc<Shared>,
    /// `None` for an adopted transaction.
    pub(super) turn: Option<Turn>,
}

impl RowWriter<Sqlite> for Writer {
    fn write<'w>(
        &'w self,
        rows: &'w mut SqliteConnection,
        signals: Vec<SignalRow>,
    ) -> Pin<Box<dyn Future<Output = sqlx::Result<Option<String>>> + Send + 'w>> {
        Box::pin(async move {
            insert::insert(rows, self.shared.offset(), &signals).await?;
            Ok(None)
        })
    }

    fn committed(&self) {
        self.shared.arrivals.committed();
    }
}

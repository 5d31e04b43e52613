//! The part of an outbox in a transaction.

use sqlx::Database;

use super::database::BoxFuture;
use crate::enqueue::SignalRow;

/// Writes the deliveries of a transaction, for an outbox.
pub(crate) trait RowWriter<DB: Database>: Send + Sync {
    /// Writes the deliveries, as the last statements before the commit. Called once, with at least one signal,
    /// unless [`writes_always`](Self::writes_always). In SQLite the transaction is known not to have ended.
    ///
    /// On PostgreSQL it returns the id of the transaction (`1234.00000001.1795958161000000`), by which an unknown
    /// outcome of the commit is decided. On SQLite, whose commits have no such outcome, `None`.
    fn write<'w>(
        &'w self,
        rows: &'w mut DB::Connection,
        signals: Vec<SignalRow>,
    ) -> BoxFuture<'w, sqlx::Result<Option<String>>>;

    /// Returns whether [`write`](Self::write) is called without signals, too.
    fn writes_always(&self) -> bool {
        false
    }

    /// Called when the transaction is committed, before any `after_commit` receiver runs.
    fn committed(&self, has_deliveries: bool);
}

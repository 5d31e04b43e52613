//! The outbox of a SQL store.

use std::fmt::Debug;

use lback_signals::durable::{SignalRow, StoredSignal};

use super::Dialect;
use crate::store::StoreError;

/// The outbox of a database, whose tables a transaction writes before its commit.
pub trait SqlOutbox<D: Dialect>: Clone + Debug + Send + Sync + 'static {
    /// Stores signals with their deliveries.
    fn insert(
        &self,
        connection: &mut D::Connection,
        signals: &[SignalRow],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Deletes the deliveries of these subjects that wait or are dead.
    fn erase(
        &self,
        connection: &mut D::Connection,
        subjects: &[&str],
    ) -> impl Future<Output = sqlx::Result<()>> + Send;

    /// Returns the stored signals of a subject.
    fn signals_of(
        &self,
        subject: &str,
    ) -> impl Future<Output = Result<Vec<StoredSignal>, StoreError>> + Send;

    /// Wakes the workers after a commit.
    fn wake(&self);
}

//! The operations of operators.

mod changing;
#[cfg(test)]
mod plans;
mod reading;
pub(super) mod replaying;
mod statements;

use super::writing::Writing;
use super::{SqliteOutbox, erase};
use crate::durable::admin::{
    DeliveryFilter, Erased, Operation, OutboxAdmin, Replay, Replayable, Replayed, StoredDelivery,
    StoredForm, StoredOperation, StoredSignal,
};
use crate::durable::error::OutboxError;

impl SqliteOutbox {
    /// Stores the operation with what it has changed, and commits. Wakes the workers.
    async fn end(
        &self,
        mut writing: Writing,
        operation: &Operation,
        deliveries: u64,
    ) -> Result<(), OutboxError> {
        let offset = self.shared.offset();
        changing::note(writing.connection(), offset, operation, deliveries)
            .await
            .map_err(OutboxError::of_database)?;
        writing.commit().await?;
        self.shared.arrivals.committed();
        Ok(())
    }
}

impl OutboxAdmin for SqliteOutbox {
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
    ) -> Result<Vec<StoredDelivery>, OutboxError> {
        reading::deliveries(&self.shared.pool, self.shared.offset(), filter)
            .await
            .map_err(OutboxError::of_database)
    }

    async fn count(&self, filter: &DeliveryFilter) -> Result<u64, OutboxError> {
        reading::count_deliveries(&self.shared.pool, self.shared.offset(), filter)
            .await
            .map_err(OutboxError::of_database)
    }

    async fn signal_of(&self, number: i64) -> Result<Option<StoredSignal>, OutboxError> {
        let signal = reading::signal_of(&self.shared.pool, number).await;
        signal.map_err(OutboxError::of_database)
    }

    async fn retry(&self, numbers: &[i64], operation: &Operation) -> Result<u64, OutboxError> {
        let mut writing = self.shared.begin().await?;
        let retried = changing::retry(writing.connection(), self.shared.offset(), numbers)
            .await
            .map_err(OutboxError::of_database)?;
        self.end(writing, operation, retried).await?;
        Ok(retried)
    }

    async fn discard(&self, numbers: &[i64], operation: &Operation) -> Result<u64, OutboxError> {
        let mut writing = self.shared.begin().await?;
        let discarded = changing::discard(writing.connection(), self.shared.offset(), numbers)
            .await
            .map_err(OutboxError::of_database)?;
        self.end(writing, operation, discarded).await?;
        Ok(discarded)
    }

    async fn replay(
        &self,
        replay: &Replay,
        operation: &Operation,
    ) -> Result<Replayed, OutboxError> {
        let mut writing = self.shared.begin().await?;
        let replayed = replaying::replay(writing.connection(), self.shared.offset(), replay)
            .await
            .map_err(OutboxError::of_database)?;
        self.end(writing, operation, replayed.deliveries).await?;
        Ok(replayed)
    }

    async fn replayable(&self, replay: &Replay) -> Result<Replayable, OutboxError> {
        let connection = self.shared.pool.acquire().await;
        let mut connection = connection.map_err(OutboxError::of_database)?;
        replaying::replayable(&mut connection, self.shared.offset(), replay)
            .await
            .map_err(OutboxError::of_database)
    }

    async fn erase(&self, subject: &str, operation: &Operation) -> Result<Erased, OutboxError> {
        let mut writing = self.shared.begin().await?;
        let erased = erase::erase(writing.connection(), self.shared.offset(), &[subject])
            .await
            .map_err(OutboxError::of_database)?;
        self.end(writing, operation, erased.deliveries).await?;
        Ok(erased)
    }

    async fn stored_forms(&self) -> Result<Vec<StoredForm>, OutboxError> {
        let forms = reading::stored_forms(&self.shared.pool).await;
        forms.map_err(OutboxError::of_database)
    }

    async fn signals_of(&self, subject: &str) -> Result<Vec<StoredSignal>, OutboxError> {
        let signals = reading::signals_of(&self.shared.pool, subject).await;
        signals.map_err(OutboxError::of_database)
    }

    async fn operations(&self, limit: u32) -> Result<Vec<StoredOperation>, OutboxError> {
        let operations = reading::operations(&self.shared.pool, limit).await;
        operations.map_err(OutboxError::of_database)
    }
}

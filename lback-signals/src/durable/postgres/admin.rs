//! The operations of operators.

mod changing;
#[cfg(test)]
mod plans;
mod reading;
pub(super) mod replaying;
mod statements;

use super::own_pool::{Access, OwnTransaction};
use super::{PostgresOutbox, erase};
use crate::durable::admin::{
    DeliveryFilter, Erased, Operation, OutboxAdmin, Replay, Replayable, Replayed, StoredDelivery,
    StoredForm, StoredOperation, StoredSignal,
};
use crate::durable::error::OutboxError;

impl PostgresOutbox {
    async fn begin_own(&self, access: Access) -> Result<OwnTransaction, OutboxError> {
        self.shared.own_pool.begin(access).await
    }

    /// Stores the operation with what it has changed, and commits. Wakes the workers.
    async fn end(
        &self,
        mut own: OwnTransaction,
        operation: &Operation,
        deliveries: u64,
    ) -> Result<(), OutboxError> {
        let offset = self.shared.offset();
        let id = changing::note(own.connection(), offset, operation, deliveries)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit_decided(Some(id), &self.shared.own_pool).await?;
        self.shared.committed();
        Ok(())
    }
}

impl OutboxAdmin for PostgresOutbox {
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
    ) -> Result<Vec<StoredDelivery>, OutboxError> {
        let mut own = self.begin_own(Access::Page).await?;
        let found = reading::deliveries(own.connection(), self.shared.offset(), filter)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(found)
    }

    async fn count(&self, filter: &DeliveryFilter) -> Result<u64, OutboxError> {
        let mut own = self.begin_own(Access::Read).await?;
        let count = reading::count_deliveries(own.connection(), self.shared.offset(), filter)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(count)
    }

    async fn signal_of(&self, number: i64) -> Result<Option<StoredSignal>, OutboxError> {
        let mut own = self.begin_own(Access::Search).await?;
        let signal = reading::signal_of(own.connection(), number)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(signal)
    }

    async fn retry(&self, numbers: &[i64], operation: &Operation) -> Result<u64, OutboxError> {
        let mut own = self.begin_own(Access::Write).await?;
        let retried = changing::retry(own.connection(), self.shared.offset(), numbers)
            .await
            .map_err(OutboxError::of_database)?;
        self.end(own, operation, retried).await?;
        Ok(retried)
    }

    async fn discard(&self, numbers: &[i64], operation: &Operation) -> Result<u64, OutboxError> {
        let mut own = self.begin_own(Access::Write).await?;
        let discarded = changing::discard(own.connection(), self.shared.offset(), numbers)
            .await
            .map_err(OutboxError::of_database)?;
        self.end(own, operation, discarded).await?;
        Ok(discarded)
    }

    async fn replay(
        &self,
        replay: &Replay,
        operation: &Operation,
    ) -> Result<Replayed, OutboxError> {
        let mut own = self.begin_own(Access::Page).await?;
        let replayed = replaying::replay(own.connection(), self.shared.offset(), replay)
            .await
            .map_err(OutboxError::of_database)?;
        self.end(own, operation, replayed.deliveries).await?;
        Ok(replayed)
    }

    async fn replayable(&self, replay: &Replay) -> Result<Replayable, OutboxError> {
        let mut own = self.begin_own(Access::Search).await?;
        let replayable = replaying::replayable(own.connection(), self.shared.offset(), replay)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(replayable)
    }

    async fn erase(&self, subject: &str, operation: &Operation) -> Result<Erased, OutboxError> {
        let mut own = self.begin_own(Access::Write).await?;
        let erased = erase::erase(own.connection(), self.shared.offset(), &[subject])
            .await
            .map_err(OutboxError::of_database)?;
        self.end(own, operation, erased.deliveries).await?;
        Ok(erased)
    }

    async fn stored_forms(&self) -> Result<Vec<StoredForm>, OutboxError> {
        let mut own = self.begin_own(Access::Read).await?;
        let forms = reading::stored_forms(own.connection())
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(forms)
    }

    async fn signals_of(&self, subject: &str) -> Result<Vec<StoredSignal>, OutboxError> {
        let mut own = self.begin_own(Access::Search).await?;
        let signals = reading::signals_of(own.connection(), subject)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(signals)
    }

    async fn operations(&self, limit: u32) -> Result<Vec<StoredOperation>, OutboxError> {
        let mut own = self.begin_own(Access::Search).await?;
        let operations = reading::operations(own.connection(), limit)
            .await
            .map_err(OutboxError::of_database)?;
        own.commit().await?;
        Ok(operations)
    }
}

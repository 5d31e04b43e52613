//! An outbox of another crate. It makes each value that it returns, as a storage would from its rows.

use std::sync::Arc;
use std::time::Duration;

use lback_signals::durable::testing::{DeadDelivery, TestOutbox};
use lback_signals::durable::{
    Claim, ClaimRequest, Claimed, Counts, DeliveryFilter, DeliveryTransaction, Ending, Erased,
    Maintenance, MemoryOutbox, Operation, Outbox, OutboxAdmin, OutboxError, ReceiverClaim, Replay,
    ReplayPosition, ReplayStep, Replayable, Replayed, SignalRow, StoredDelivery, StoredForm,
    StoredOperation, StoredSignal, Uuid,
};

/// An outbox whose storage is one in memory.
#[derive(Clone)]
pub(super) struct OwnOutbox(MemoryOutbox);

impl OwnOutbox {
    pub(super) fn new() -> Self {
        Self(MemoryOutbox::new())
    }
}

impl Outbox for OwnOutbox {
    async fn insert(&self, rows: Vec<SignalRow>) -> Result<(), OutboxError> {
        self.0.insert(rows).await
    }

    async fn claim(&self, request: &ClaimRequest) -> Result<Vec<Claimed>, OutboxError> {
        let claimed = self.0.claim(request).await?;
        let claimed = claimed.into_iter().map(|it| Claimed {
            claim: Claim {
                number: it.claim.number,
                token: it.claim.token,
            },
            id: it.id,
            signal: it.signal,
            receiver: it.receiver,
            version: it.version,
            payload: it.payload,
            trace: it.trace,
            sent_at: it.sent_at,
            attempt: it.attempt,
        });
        Ok(claimed.collect())
    }

    async fn renew(&self, claims: &[Claim], lease: Duration) -> Result<Vec<Claim>, OutboxError> {
        self.0.renew(claims, lease).await
    }

    async fn finish(&self, attempts: &[(Claim, Ending)]) -> Result<Vec<Claim>, OutboxError> {
        self.0.finish(attempts).await
    }

    async fn next_due(&self, receivers: &[ReceiverClaim]) -> Result<Option<Duration>, OutboxError> {
        self.0.next_due(receivers).await
    }

    async fn maintain(&self, retention: Duration) -> Result<Maintenance, OutboxError> {
        let maintained = self.0.maintain(retention).await?;
        Ok(Maintenance {
            freed: maintained.freed,
            dead: maintained.dead,
            signals: maintained.signals,
            landed: maintained.landed,
            has_more: maintained.has_more,
        })
    }

    async fn changed(&self, seen: u64) -> u64 {
        self.0.changed(seen).await
    }

    async fn counts(&self) -> Result<Vec<Counts>, OutboxError> {
        let counts = self.0.counts().await?;
        let counts = counts.into_iter().map(|it| Counts {
            receiver: it.receiver,
            waiting: it.waiting,
            running: it.running,
            dead: it.dead,
            oldest_due: it.oldest_due,
        });
        Ok(counts.collect())
    }

    fn database(&self) -> Option<&'static str> {
        None
    }

    fn transaction(&self, _: Claim) -> Option<Arc<dyn DeliveryTransaction>> {
        None
    }
}

impl OutboxAdmin for OwnOutbox {
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
    ) -> Result<Vec<StoredDelivery>, OutboxError> {
        let deliveries = self.0.deliveries(filter).await?;
        let deliveries = deliveries.into_iter().map(|it| StoredDelivery {
            number: it.number,
            signal_id: it.signal_id,
            signal: it.signal,
            version: it.version,
            receiver: it.receiver,
            key: it.key,
            state: it.state,
            attempt: it.attempt,
            due_at: it.due_at,
            worker: it.worker,
            failed_at: it.failed_at,
            error: it.error,
        });
        Ok(deliveries.collect())
    }

    async fn count(&self, filter: &DeliveryFilter) -> Result<u64, OutboxError> {
        self.0.count(filter).await
    }

    async fn signal_of(&self, number: i64) -> Result<Option<StoredSignal>, OutboxError> {
        Ok(self.0.signal_of(number).await?.map(signal))
    }

    async fn retry(&self, numbers: &[i64], operation: &Operation) -> Result<u64, OutboxError> {
        self.0.retry(numbers, operation).await
    }

    async fn discard(&self, numbers: &[i64], operation: &Operation) -> Result<u64, OutboxError> {
        self.0.discard(numbers, operation).await
    }

    async fn replay(
        &self,
        replay: &Replay,
        operation: &Operation,
    ) -> Result<Replayed, OutboxError> {
        let replay = Replay {
            from: replay.from.map(position),
            ..replay.clone()
        };
        let replayed = self.0.replay(&replay, operation).await?;
        Ok(Replayed {
            deliveries: replayed.deliveries,
            next: replayed.next.map(position),
        })
    }

    async fn replayable(&self, replay: &Replay) -> Result<Replayable, OutboxError> {
        let replayable = self.0.replayable(replay).await?;
        Ok(Replayable {
            signals: replayable.signals,
            kept_since: replayable.kept_since,
        })
    }

    async fn erase(&self, subject: &str, operation: &Operation) -> Result<Erased, OutboxError> {
        let erased = self.0.erase(subject, operation).await?;
        Ok(Erased {
            signals: erased.signals,
            deliveries: erased.deliveries,
        })
    }

    async fn stored_forms(&self) -> Result<Vec<StoredForm>, OutboxError> {
        let forms = self.0.stored_forms().await?;
        let forms = forms.into_iter().map(|it| StoredForm {
            receiver: it.receiver,
            signal: it.signal,
            version: it.version,
            pending: it.pending,
            dead: it.dead,
        });
        Ok(forms.collect())
    }

    async fn signals_of(&self, subject: &str) -> Result<Vec<StoredSignal>, OutboxError> {
        let signals = self.0.signals_of(subject).await?;
        Ok(signals.into_iter().map(signal).collect())
    }

    async fn operations(&self, limit: u32) -> Result<Vec<StoredOperation>, OutboxError> {
        let operations = self.0.operations(limit).await?;
        let operations = operations.into_iter().map(|it| StoredOperation {
            operation: it.operation,
            at: it.at,
            deliveries: it.deliveries,
        });
        Ok(operations.collect())
    }
}

impl TestOutbox for OwnOutbox {
    fn set_clock_offset(&self, millis: i64) {
        self.0.set_clock_offset(millis);
    }

    async fn dead_letters(&self) -> Result<Vec<DeadDelivery>, OutboxError> {
        let letters = self.0.dead_letters().await?;
        let letters = letters
            .into_iter()
            .map(|it| DeadDelivery::new(it.number, it.receiver, it.attempt, it.error));
        Ok(letters.collect())
    }

    async fn signals(&self) -> Result<u64, OutboxError> {
        self.0.signals().await
    }
}

fn signal(stored: StoredSignal) -> StoredSignal {
    StoredSignal {
        id: stored.id,
        name: stored.name,
        version: stored.version,
        key: stored.key,
        subject: stored.subject,
        payload: stored.payload,
        trace: stored.trace,
        sent_at: stored.sent_at,
        done_at: stored.done_at,
    }
}

fn position(position: ReplayPosition) -> ReplayPosition {
    let step = match position.step {
        ReplayStep::Kept(sent_at, id) => ReplayStep::Kept(sent_at, Uuid::from_u128(id.as_u128())),
        ReplayStep::Dead(number) => ReplayStep::Dead(number),
    };
    ReplayPosition {
        step,
        ..ReplayPosition::first(position.until, position.last_number)
    }
}

//! Published and landed signals in the outbox in memory.

use std::collections::hash_map::Entry;

use super::MemoryOutbox;
use super::clock::Time;
use super::state::State;
use crate::durable::error::OutboxError;
use crate::durable::fan_out::{BrokerOutbox, LandedSignal, Publication};
use crate::durable::kept_error::kept_error;
use crate::durable::outbox::Claim;
use crate::enqueue::{DeliveryRow, PUBLISHED_KEEP};

impl BrokerOutbox for MemoryOutbox {
    async fn mark_published(&self, published: &[(Claim, u64)]) -> Result<Vec<Claim>, OutboxError> {
        let now = self.shared.clock.now();
        let (lost, has_freed) = self.state().mark_published(published, now);
        if has_freed {
            self.shared.arrivals.wake();
        }
        Ok(lost)
    }

    async fn last_published(&self) -> Result<Option<u64>, OutboxError> {
        let state = self.state();
        Ok(state.signals.values().filter_map(|it| it.published).max())
    }

    async fn republish(&self, after: u64) -> Result<u64, OutboxError> {
        let now = self.shared.clock.now();
        let count = self.state().republish(after, now);
        self.shared.arrivals.wake();
        Ok(count)
    }

    async fn land(&self, signals: &[LandedSignal]) -> Result<u64, OutboxError> {
        let now = self.shared.clock.now();
        let count = self.state().land(signals, now)?;
        self.shared.arrivals.committed();
        Ok(count)
    }
}

impl State {
    /// Returns the claims that are lost, and whether other deliveries are due now.
    fn mark_published(&mut self, published: &[(Claim, u64)], now: Time) -> (Vec<Claim>, bool) {
        let mut lost = Vec::new();
        let mut has_freed = false;
        for &(claim, sequence) in published {
            if !self.holds(claim) {
                lost.push(claim);
                continue;
            }
            let signal = self.deliveries.get(&claim.number).map(|it| it.signal);
            if let Some(signal) = signal.and_then(|id| self.signals.get_mut(&id)) {
                signal.published = Some(sequence);
            }
            has_freed |= self.delete(claim.number, now);
        }
        (lost, has_freed)
    }

    fn republish(&mut self, after: u64, now: Time) -> u64 {
        let mut again: Vec<_> = self
            .signals
            .values_mut()
            .filter(|it| it.published.is_some_and(|sequence| sequence > after))
            .collect();
        again.sort_unstable_by_key(|it| it.published);
        let mut rows = Vec::new();
        for signal in again {
            signal.published = None;
            if signal
                .done_at
                .is_some_and(|done_at| done_at.after(PUBLISHED_KEEP) <= now)
            {
                continue;
            }
            signal.done_at = None;
            signal.deliveries += 1;
            rows.push(signal.row.clone());
        }
        for row in &rows {
            let Publication {
                receiver,
                ordered_as,
            } = Publication::of(&row.name);
            let ordered_as = Some(ordered_as);
            self.add(
                row,
                DeliveryRow {
                    receiver,
                    ordered_as,
                },
                now,
            );
        }
        rows.len().try_into().unwrap_or(u64::MAX)
    }

    fn land(&mut self, signals: &[LandedSignal], now: Time) -> Result<u64, OutboxError> {
        let mut count = 0;
        for signal in signals {
            let identity = (signal.source.clone(), signal.id.clone());
            let Entry::Vacant(landed) = self.landed.entry(identity) else {
                continue;
            };
            landed.insert(now.after(signal.keep));
            self.insert(vec![signal.row.clone()], now)?;
            if let Some(error) = &signal.error {
                let number = self.last_number();
                self.set_due(number, None);
                if let Some(dead) = self.deliveries.get_mut(&number) {
                    dead.failed_at = Some(now);
                    dead.error = Some(kept_error(error));
                }
            }
            count += 1;
        }
        Ok(count)
    }
}

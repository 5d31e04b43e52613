//! The operations of operators.

use std::collections::{BTreeMap, HashSet};

use uuid::Uuid;

use super::MemoryOutbox;
use super::clock::Time;
use super::state::{Delivery, SignalState, State};
use crate::durable::admin::{
    DeliveryFilter, DeliveryState, Erased, Operation, OutboxAdmin, Replay, ReplayPage,
    ReplayPosition, ReplayStep, Replayable, Replayed, StoredDelivery, StoredForm, StoredOperation,
    StoredSignal,
};
use crate::durable::error::OutboxError;
use crate::enqueue::DeliveryRow;

impl State {
    fn matching(&self, filter: &DeliveryFilter, now: Time) -> impl Iterator<Item = StoredDelivery> {
        let after = filter.after.saturating_add(1);
        let stored = self.deliveries.range(after..);
        let stored = stored.filter_map(move |(number, it)| self.stored(*number, it, now));
        stored.filter(move |it| {
            filter
                .receiver
                .as_ref()
                .is_none_or(|name| *name == it.receiver)
                && filter.signal.as_ref().is_none_or(|name| *name == it.signal)
                && filter.state.is_none_or(|state| state == it.state)
        })
    }

    fn stored(&self, number: i64, delivery: &Delivery, now: Time) -> Option<StoredDelivery> {
        let SignalState { row, .. } = self.signals.get(&delivery.signal)?;
        let state = match delivery.due_at {
            None if delivery.is_parked => DeliveryState::Parked,
            None => DeliveryState::Dead,
            Some(_) if delivery.is_running(now) => DeliveryState::Running,
            Some(_) => DeliveryState::Waiting,
        };
        Some(StoredDelivery {
            number,
            signal_id: row.id,
            signal: row.name.clone(),
            version: delivery.version,
            receiver: delivery.receiver.clone(),
            key: row.key.clone(),
            state,
            attempt: delivery.attempt,
            due_at: delivery.due_at.map(Time::to_system_time),
            worker: delivery.worker.clone(),
            failed_at: delivery.failed_at.map(Time::to_system_time),
            error: delivery.error.clone(),
        })
    }

    fn retry(&mut self, numbers: &[i64], now: Time) -> u64 {
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        let mut retried = 0;
        for number in numbers {
            let delivery = self.deliveries.get(&number);
            if delivery.is_some_and(Delivery::is_dead) {
                self.retry_one(number, now);
                retried += 1;
            }
        }
        retried
    }

    fn discard(&mut self, numbers: &[i64], now: Time) -> u64 {
        let mut discarded = 0;
        for &number in numbers {
            let delivery = self.deliveries.get(&number);
            if delivery.is_some_and(|it| !it.is_running(now)) {
                self.delete(number, now);
                discarded += 1;
            }
        }
        discarded
    }

    /// Delivers one page. Its positions are in microseconds.
    fn replay(&mut self, replay: &Replay, now: Time) -> Replayed {
        let position = replay.from.unwrap_or_else(|| self.first_position(now));
        let mut page = ReplayPage::new(replay, position);
        let since = Time::from_system_time(replay.since).micros();
        if let Some(after) = page.kept_after(since) {
            let mut kept = self.kept(replay, after, position.until);
            kept.truncate(usize::try_from(page.rest()).unwrap_or(usize::MAX));
            for (_, id) in &kept {
                self.deliver(*id, replay, now);
            }
            page.add(kept.len(), kept.len().try_into().unwrap_or(u64::MAX));
            if page.is_full() {
                return page.end(kept.last().map(|(at, id)| ReplayStep::Kept(*at, *id)));
            }
        }
        let mut dead = self.dead_of(replay, page.dead_after(), position.last_number);
        dead.truncate(usize::try_from(page.rest()).unwrap_or(usize::MAX));
        let retried = self.retry(&dead, now);
        page.add(dead.len(), retried);
        page.end(dead.last().map(|number| ReplayStep::Dead(*number)))
    }

    fn first_position(&self, now: Time) -> ReplayPosition {
        ReplayPosition::first(now.micros(), self.last_number())
    }

    /// Returns the kept signals without a delivery to the receiver, by the time of sending.
    fn kept(&self, replay: &Replay, after: (i64, Uuid), until: i64) -> Vec<(i64, Uuid)> {
        let receivers = replay.receivers();
        let of_receiver = self.deliveries.values();
        let of_receiver = of_receiver.filter(|it| receivers.contains(&&*it.receiver));
        let taken: HashSet<_> = of_receiver.map(|it| it.signal).collect();
        let kept = self.signals.values().filter(|it| {
            it.row.keep.is_some()
                && replay.signals.contains(&it.row.name)
                && !taken.contains(&it.row.id)
        });
        let kept = kept.map(|it| (it.sent_at.micros(), it.row.id));
        let mut kept: Vec<_> = kept.filter(|it| *it > after && it.0 <= until).collect();
        kept.sort_unstable();
        kept
    }

    /// Returns the dead letters of the receiver by number.
    fn dead_of(&self, replay: &Replay, after: i64, last_number: i64) -> Vec<i64> {
        let receivers = replay.receivers();
        let since = Time::from_system_time(replay.since);
        let dead = self.deliveries.iter().filter(|(number, it)| {
            let is_of_signal = self.signals.get(&it.signal).is_some_and(|signal| {
                replay.signals.contains(&signal.row.name) && signal.sent_at >= since
            });
            it.is_dead()
                && **number > after
                && **number <= last_number
                && receivers.contains(&&*it.receiver)
                && is_of_signal
        });
        dead.map(|(number, _)| *number).collect()
    }

    /// Adds a delivery of a kept signal.
    fn deliver(&mut self, signal: Uuid, replay: &Replay, now: Time) {
        let Some(signal) = self.signals.get_mut(&signal) else {
            return;
        };
        signal.done_at = None;
        signal.deliveries += 1;
        let row = signal.row.clone();
        let delivery = DeliveryRow {
            receiver: replay.receiver.clone(),
            ordered_as: replay.ordered_as.clone(),
        };
        self.add(&row, delivery, now);
    }

    fn replayable(&self, replay: &Replay, now: Time) -> Replayable {
        let position = self.first_position(now);
        let since = Time::from_system_time(replay.since).micros();
        let kept = self.kept(replay, (since, Uuid::nil()), position.until);
        let dead = self.dead_of(replay, i64::MIN, position.last_number);
        let signals = self.signals.values();
        let of_names = signals.filter(|it| replay.signals.contains(&it.row.name));
        let is_kept = of_names.filter(|it| it.row.keep.is_some());
        Replayable {
            signals: (kept.len() + dead.len()).try_into().unwrap_or(u64::MAX),
            kept_since: is_kept.map(|it| it.sent_at.to_system_time()).min(),
        }
    }

    fn forms(&self) -> Vec<StoredForm> {
        let mut forms = BTreeMap::new();
        for delivery in self.deliveries.values() {
            let Some(signal) = self.signals.get(&delivery.signal) else {
                continue;
            };
            let names = (&delivery.receiver, &signal.row.name, delivery.version);
            let (pending, dead) = forms.entry(names).or_insert((0, 0));
            *(if delivery.is_dead() { dead } else { pending }) += 1;
        }
        let form =
            |((receiver, signal, version), (pending, dead)): ((&String, &String, u32), _)| {
                StoredForm {
                    receiver: receiver.clone(),
                    signal: signal.clone(),
                    version,
                    pending,
                    dead,
                }
            };
        forms.into_iter().map(form).collect()
    }

    fn signals_of(&self, subject: &str) -> Vec<StoredSignal> {
        let signals = self.signals.values();
        let of_subject = signals.filter(|it| it.row.subject.as_deref() == Some(subject));
        let mut of_subject: Vec<_> = of_subject.map(stored_signal).collect();
        of_subject.sort_unstable_by_key(|it| (it.sent_at, it.id));
        of_subject
    }

    /// Stores an operation that has changed this many deliveries, or adds them to it.
    fn note(&mut self, operation: &Operation, deliveries: u64, now: Time) {
        let noted = self.operations.iter_mut();
        let mut noted = noted.filter(|it| it.operation.id == operation.id);
        if let Some(noted) = noted.next() {
            noted.deliveries += deliveries;
            return;
        }
        self.operations.push(StoredOperation {
            operation: operation.clone(),
            at: now.to_system_time(),
            deliveries,
        });
    }
}

fn stored_signal(signal: &SignalState) -> StoredSignal {
    let row = &signal.row;
    StoredSignal {
        id: row.id,
        name: row.name.clone(),
        version: row.version,
        key: row.key.clone(),
        subject: row.subject.clone(),
        payload: row.payload.clone(),
        trace: row.trace.clone(),
        sent_at: signal.sent_at.to_system_time(),
        done_at: signal.done_at.map(Time::to_system_time),
    }
}

impl MemoryOutbox {
    /// Changes deliveries, stores the operation with their number, and wakes the workers.
    fn change<T>(
        &self,
        operation: &Operation,
        change: impl FnOnce(&mut State, Time) -> (T, u64),
    ) -> T {
        let now = self.shared.clock.now();
        let mut state = self.state();
        let (changed, deliveries) = change(&mut state, now);
        state.note(operation, deliveries, now);
        drop(state);
        self.shared.arrivals.committed();
        changed
    }
}

impl OutboxAdmin for MemoryOutbox {
    async fn deliveries(
        &self,
        filter: &DeliveryFilter,
    ) -> Result<Vec<StoredDelivery>, OutboxError> {
        let limit = filter
            .limit
            .map_or(usize::MAX, |it| usize::try_from(it).unwrap_or(usize::MAX));
        let state = self.state();
        let matching = state.matching(filter, self.shared.clock.now());
        Ok(matching.take(limit).collect())
    }

    async fn count(&self, filter: &DeliveryFilter) -> Result<u64, OutboxError> {
        let state = self.state();
        let count = state.matching(filter, self.shared.clock.now()).count();
        Ok(count.try_into().unwrap_or(u64::MAX))
    }

    async fn signal_of(&self, number: i64) -> Result<Option<StoredSignal>, OutboxError> {
        let state = self.state();
        let delivery = state.deliveries.get(&number);
        let signal = delivery.and_then(|it| state.signals.get(&it.signal));
        Ok(signal.map(stored_signal))
    }

    async fn retry(&self, numbers: &[i64], operation: &Operation) -> Result<u64, OutboxError> {
        Ok(self.change(operation, |state, now| {
            let retried = state.retry(numbers, now);
            (retried, retried)
        }))
    }

    async fn discard(&self, numbers: &[i64], operation: &Operation) -> Result<u64, OutboxError> {
        Ok(self.change(operation, |state, now| {
            let discarded = state.discard(numbers, now);
            (discarded, discarded)
        }))
    }

    async fn replay(
        &self,
        replay: &Replay,
        operation: &Operation,
    ) -> Result<Replayed, OutboxError> {
        Ok(self.change(operation, |state, now| {
            let replayed = state.replay(replay, now);
            (replayed, replayed.deliveries)
        }))
    }

    async fn replayable(&self, replay: &Replay) -> Result<Replayable, OutboxError> {
        Ok(self.state().replayable(replay, self.shared.clock.now()))
    }

    async fn erase(&self, subject: &str, operation: &Operation) -> Result<Erased, OutboxError> {
        Ok(self.change(operation, |state, now| {
            let last_number = state.last_number();
            let erased = state.erase(&[subject], last_number, now);
            (erased, erased.deliveries)
        }))
    }

    async fn stored_forms(&self) -> Result<Vec<StoredForm>, OutboxError> {
        Ok(self.state().forms())
    }

    async fn signals_of(&self, subject: &str) -> Result<Vec<StoredSignal>, OutboxError> {
        Ok(self.state().signals_of(subject))
    }

    async fn operations(&self, limit: u32) -> Result<Vec<StoredOperation>, OutboxError> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let state = self.state();
        Ok(state.operations.iter().rev().take(limit).cloned().collect())
    }
}

//! The rows of the outbox in memory.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::time::Duration;

use uuid::Uuid;

use super::chains::Chains;
use super::clock::Time;
use crate::durable::admin::{Erased, StoredOperation};
use crate::durable::chain::Chain;
use crate::durable::dead_delivery::DeadDelivery;
use crate::durable::error::OutboxError;
use crate::durable::kept_error::kept_error;
use crate::durable::maintenance::{MAINTAINED, Maintenance};
use crate::durable::outbox::{Claim, ClaimRequest, Claimed, Counts, Ending, ReceiverClaim};
use crate::enqueue::{DeliveryRow, SignalRow};

#[derive(Default)]
pub(super) struct State {
    pub(super) signals: HashMap<Uuid, SignalState>,
    /// By number.
    pub(super) deliveries: BTreeMap<i64, Delivery>,
    /// The deliveries of each receiver that are not dead, by the time at which they are due.
    pub(super) due: BTreeMap<String, BTreeSet<(Time, i64)>>,
    pub(super) last_number: i64,
    pub(super) operations: Vec<StoredOperation>,
    /// The sources and ids of landed signals, with the time at which they are forgotten.
    pub(super) landed: HashMap<(String, String), Time>,
    chains: Chains,
}

pub(super) struct SignalState {
    pub(super) row: SignalRow,
    pub(super) sent_at: Time,
    /// The number of deliveries that are not completed.
    pub(super) deliveries: usize,
    /// When the last delivery was done, if the signal is kept.
    pub(super) done_at: Option<Time>,
    /// The sequence number of a published signal.
    pub(super) published: Option<u64>,
}

pub(super) struct Delivery {
    pub(super) signal: Uuid,
    pub(super) receiver: String,
    pub(super) version: u32,
    /// The token of the last claim. `None` while the delivery waits.
    pub(super) claim: Option<i64>,
    pub(super) attempt: u32,
    /// When the delivery is due, or when its lease expires. `None` if it is dead or parked.
    pub(super) due_at: Option<Time>,
    /// The name of the worker that runs it.
    pub(super) worker: Option<String>,
    pub(super) failed_at: Option<Time>,
    /// The chain that it is or has been in.
    chain: Option<Chain>,
    /// Whether it is a dead letter that has left its chain.
    has_left_chain: bool,
    /// Whether it waits until the head of its chain has left.
    pub(super) is_parked: bool,
    pub(super) error: Option<String>,
}

impl Delivery {
    pub(super) fn is_dead(&self) -> bool {
        self.due_at.is_none() && !self.is_parked
    }

    /// Returns whether a worker holds it, and its lease has not expired.
    pub(super) fn is_running(&self, now: Time) -> bool {
        self.claim.is_some() && self.due_at.is_some_and(|due_at| due_at > now)
    }
}

impl State {
    pub(super) fn len(&self) -> usize {
        self.deliveries.len()
    }

    pub(super) fn insert(&mut self, rows: Vec<SignalRow>, now: Time) -> Result<(), OutboxError> {
        let mut ids = HashSet::new();
        for row in &rows {
            let receivers: HashSet<_> = row.deliveries.iter().map(DeliveryRow::receiver).collect();
            let is_new = !self.signals.contains_key(&row.id) && ids.insert(row.id);
            if !is_new || receivers.len() != row.deliveries.len() {
                let text = format!("the signal {} is stored already", row.id);
                return Err(OutboxError::Database(text.into()));
            }
        }
        for row in rows.into_iter().filter(|row| !row.deliveries.is_empty()) {
            for delivery in &row.deliveries {
                self.add(&row, delivery.clone(), now);
            }
            let stored = SignalState {
                sent_at: now,
                deliveries: row.deliveries.len(),
                done_at: None,
                published: None,
                row,
            };
            self.signals.insert(stored.row.id, stored);
        }
        Ok(())
    }

    /// Adds a delivery of this signal, which is due.
    pub(super) fn add(&mut self, signal: &SignalRow, delivery: DeliveryRow, now: Time) {
        self.last_number += 1;
        let number = self.last_number;
        let chain = Chain::of(signal, &delivery);
        let delivery = Delivery {
            signal: signal.id,
            receiver: delivery.receiver,
            version: signal.version,
            claim: None,
            attempt: 0,
            due_at: None,
            worker: None,
            failed_at: None,
            chain,
            has_left_chain: false,
            is_parked: false,
            error: None,
        };
        self.deliveries.insert(number, delivery);
        self.enter_chain(number, now);
    }

    pub(super) fn last_number(&self) -> i64 {
        self.last_number
    }

    /// Makes a delivery due, unless its chain has a head.
    fn enter_chain(&mut self, number: i64, now: Time) {
        let Some(delivery) = self.deliveries.get_mut(&number) else {
            return;
        };
        delivery.has_left_chain = false;
        let chain = delivery.chain.as_ref();
        delivery.is_parked = chain.is_some_and(|chain| !self.chains.enter(chain, number));
        if !delivery.is_parked {
            self.set_due(number, Some(now));
        }
    }

    /// Makes a dead letter due, or parks it if it has left its chain and that has a head now.
    pub(super) fn retry_one(&mut self, number: i64, now: Time) {
        let Some(delivery) = self.deliveries.get_mut(&number) else {
            return;
        };
        delivery.attempt = 0;
        if delivery.has_left_chain {
            self.enter_chain(number, now);
        } else {
            self.set_due(number, Some(now));
        }
    }

    /// Takes a delivery out of its chain. Returns whether another one is due now.
    fn leave_chain(&mut self, number: i64, now: Time) -> bool {
        let Some(delivery) = self.deliveries.get_mut(&number) else {
            return false;
        };
        if delivery.has_left_chain {
            return false;
        }
        delivery.has_left_chain = true;
        let chain = delivery.chain.as_ref();
        let next = chain.and_then(|chain| self.chains.leave(chain, number));
        let Some(next) = next else {
            return false;
        };
        if let Some(head) = self.deliveries.get_mut(&next) {
            head.is_parked = false;
        }
        self.set_due(next, Some(now));
        true
    }

    /// Deletes the deliveries of these subjects that wait or are dead, up to this number, and the signals without
    /// deliveries. Clears `keep` of the other signals. Returns the numbers of deleted signals and deliveries.
    pub(super) fn erase(&mut self, subjects: &[&str], last_number: i64, now: Time) -> Erased {
        let is_erased = |row: &SignalRow| {
            let subject = row.subject.as_deref();
            subject.is_some_and(|subject| subjects.contains(&subject))
        };
        let is_kept = |signal: &SignalState| signal.done_at.is_some() && is_erased(&signal.row);
        let stored = self.signals.len();
        self.signals.retain(|_, signal| !is_kept(signal));
        let numbers = self.deliveries.range(..=last_number);
        let numbers: Vec<_> = numbers.map(|(number, _)| *number).collect();
        let mut deliveries = 0;
        for number in numbers {
            let Some(delivery) = self.deliveries.get(&number) else {
                continue;
            };
            let is_running = delivery.is_running(now);
            let signal = self.signals.get_mut(&delivery.signal);
            let Some(signal) = signal.filter(|signal| is_erased(&signal.row)) else {
                continue;
            };
            signal.row.keep = None;
            if !is_running {
                self.delete(number, now);
                deliveries += 1;
            }
        }
        let signals = stored - self.signals.len();
        Erased {
            signals: signals.try_into().unwrap_or(u64::MAX),
            deliveries,
        }
    }

    pub(super) fn claim(
        &mut self,
        request: &ClaimRequest,
        now: Time,
    ) -> Result<Vec<Claimed>, OutboxError> {
        let mut numbers: Vec<_> = request
            .receivers
            .iter()
            .flat_map(|receiver| self.first_due(receiver, now))
            .collect();
        numbers.sort_unstable();
        let tokens: Result<Vec<_>, _> = numbers.iter().map(|_| getrandom::u64()).collect();
        let tokens = tokens.map_err(|error| OutboxError::Unavailable(error.into()))?;
        let claimed = numbers
            .into_iter()
            .zip(tokens)
            .filter_map(|(number, token)| {
                self.set_due(number, Some(now.after(request.lease)));
                let token = token.cast_signed();
                self.start(Claim { number, token }, &request.worker)
            });
        Ok(claimed.collect())
    }

    /// Returns the deliveries that have been due for longest.
    fn first_due(&self, receiver: &ReceiverClaim, now: Time) -> Vec<i64> {
        let limit = usize::try_from(receiver.limit).unwrap_or(usize::MAX);
        let of_name = |name: &&'static str| {
            let due = self.readable(name, receiver);
            due.take_while(|(due_at, _)| *due_at <= now).take(limit)
        };
        let mut due: Vec<_> = receiver.names.iter().flat_map(of_name).collect();
        due.sort_unstable();
        due.truncate(limit);
        due.into_iter().map(|(_, number)| number).collect()
    }

    /// Returns the deliveries under this name whose version can be read, by the time at which they are due.
    fn readable(&self, name: &str, receiver: &ReceiverClaim) -> impl Iterator<Item = (Time, i64)> {
        let versions = receiver.oldest_version..=receiver.newest_version;
        let due = self.due.get(name).into_iter().flatten().copied();
        due.filter(move |(_, number)| {
            let delivery = self.deliveries.get(number);
            delivery.is_some_and(|delivery| versions.contains(&delivery.version))
        })
    }

    /// Counts an attempt.
    fn start(&mut self, claim: Claim, worker: &str) -> Option<Claimed> {
        let delivery = self.deliveries.get_mut(&claim.number)?;
        delivery.claim = Some(claim.token);
        delivery.worker = Some(worker.to_owned());
        delivery.attempt = delivery.attempt.saturating_add(1);
        let SignalState { row, sent_at, .. } = self.signals.get(&delivery.signal)?;
        Some(Claimed {
            claim,
            id: row.id,
            signal: row.name.clone(),
            receiver: delivery.receiver.clone(),
            version: row.version,
            payload: row.payload.clone(),
            trace: row.trace.clone(),
            sent_at: sent_at.to_system_time(),
            attempt: delivery.attempt,
        })
    }

    pub(super) fn renew(&mut self, claims: &[Claim], lease: Duration, now: Time) -> Vec<Claim> {
        let (held, lost): (Vec<Claim>, _) = claims.iter().partition(|claim| self.holds(**claim));
        for claim in held {
            self.set_due(claim.number, Some(now.after(lease)));
        }
        lost
    }

    /// Returns the claims that are lost, and whether other deliveries are due now.
    pub(super) fn finish(&mut self, attempts: &[(Claim, Ending)], now: Time) -> (Vec<Claim>, bool) {
        let mut lost = Vec::new();
        let mut has_freed = false;
        for (claim, ending) in attempts {
            if self.holds(*claim) {
                has_freed |= self.end(claim.number, ending, now);
            } else {
                lost.push(*claim);
            }
        }
        (lost, has_freed)
    }

    /// Returns whether another delivery is due now.
    fn end(&mut self, number: i64, ending: &Ending, now: Time) -> bool {
        let due_at = match ending {
            Ending::Done | Ending::Dead { .. } => None,
            Ending::Retry { after, .. } | Ending::Released { after } => Some(now.after(*after)),
        };
        self.set_due(number, due_at);
        let Some(delivery) = self.deliveries.get_mut(&number) else {
            return false;
        };
        delivery.claim = None;
        delivery.worker = None;
        if matches!(ending, Ending::Retry { .. } | Ending::Dead { .. }) {
            delivery.failed_at = Some(now);
        }
        match ending {
            Ending::Done => return self.delete(number, now),
            Ending::Released { .. } => delivery.attempt = delivery.attempt.saturating_sub(1),
            Ending::Retry { error, .. } => delivery.error = Some(kept_error(error)),
            Ending::Dead {
                error,
                was_run,
                blocks_key,
            } => {
                delivery.error = Some(kept_error(error));
                delivery.attempt = delivery.attempt.saturating_sub(u32::from(!was_run));
                return !blocks_key && self.leave_chain(number, now);
            }
        }
        false
    }

    /// Deletes a delivery. Ends its signal if that was its last. Returns whether another delivery is due now.
    pub(super) fn delete(&mut self, number: i64, now: Time) -> bool {
        self.set_due(number, None);
        let has_freed = self.leave_chain(number, now);
        if let Some(Delivery { signal, .. }) = self.deliveries.remove(&number)
            && let Some(stored) = self.signals.get_mut(&signal)
        {
            stored.deliveries -= 1;
            if stored.deliveries == 0 && stored.row.keep.is_some() {
                stored.done_at = Some(now);
            } else if stored.deliveries == 0 {
                self.signals.remove(&signal);
            }
        }
        has_freed
    }

    pub(super) fn holds(&self, claim: Claim) -> bool {
        let delivery = self.deliveries.get(&claim.number);
        delivery.is_some_and(|delivery| delivery.claim == Some(claim.token))
    }

    pub(super) fn set_due(&mut self, number: i64, due_at: Option<Time>) {
        let Some(delivery) = self.deliveries.get_mut(&number) else {
            return;
        };
        let of_receiver = self.due.entry(delivery.receiver.clone()).or_default();
        if let Some(due_at) = delivery.due_at {
            of_receiver.remove(&(due_at, number));
        }
        delivery.due_at = due_at;
        of_receiver.extend(due_at.map(|due_at| (due_at, number)));
    }

    pub(super) fn maintain(&mut self, retention: Duration, now: Time) -> Maintenance {
        let most = usize::try_from(MAINTAINED).unwrap_or(usize::MAX);
        let is_old = |it: &Delivery| {
            it.is_dead() && it.failed_at.is_some_and(|at| at.after(retention) < now)
        };
        let dead = self.deliveries.iter().filter(|(_, it)| is_old(it));
        let dead: Vec<_> = dead.map(|(number, _)| *number).take(most).collect();
        for &number in &dead {
            self.delete(number, now);
        }
        let is_over = |it: &SignalState| {
            let keep = it.done_at.zip(it.row.keep);
            keep.is_some_and(|(done_at, keep)| done_at.after(keep) <= now)
        };
        let over = self.signals.iter().filter(|(_, it)| is_over(it));
        let over: Vec<_> = over.map(|(id, _)| *id).take(most).collect();
        for id in &over {
            self.signals.remove(id);
        }
        let landed = self.landed.len();
        self.landed.retain(|_, forgotten_at| *forgotten_at > now);
        let count = |len: usize| u64::try_from(len).unwrap_or(u64::MAX);
        Maintenance {
            dead: count(dead.len()),
            signals: count(over.len()),
            landed: count(landed - self.landed.len()),
            has_more: dead.len() == most || over.len() == most,
            ..Maintenance::default()
        }
    }

    pub(super) fn next_due(&self, receivers: &[ReceiverClaim], now: Time) -> Option<Duration> {
        let due = receivers.iter().filter_map(|receiver| {
            let names = receiver.names.iter();
            names
                .filter_map(|name| self.readable(name, receiver).next())
                .min()
        });
        due.min().map(|(due_at, _)| due_at.since(now))
    }

    pub(super) fn counts(&self, now: Time) -> Vec<Counts> {
        let mut counts = BTreeMap::<&str, Counts>::new();
        for delivery in self.deliveries.values() {
            let of_receiver = counts.entry(&delivery.receiver);
            let of_receiver = of_receiver.or_insert_with(|| Counts {
                receiver: delivery.receiver.clone(),
                waiting: 0,
                running: 0,
                dead: 0,
                oldest_due: None,
            });
            let Some(due_at) = delivery.due_at else {
                of_receiver.waiting += u64::from(delivery.is_parked);
                of_receiver.dead += u64::from(!delivery.is_parked);
                continue;
            };
            if delivery.is_running(now) {
                of_receiver.running += 1;
                continue;
            }
            of_receiver.waiting += 1;
            if due_at <= now {
                of_receiver.oldest_due = of_receiver.oldest_due.max(Some(now.since(due_at)));
            }
        }
        counts.into_values().collect()
    }

    pub(super) fn signals(&self) -> u64 {
        self.signals.len().try_into().unwrap_or(u64::MAX)
    }

    pub(super) fn dead(&self) -> Vec<DeadDelivery> {
        let dead = self.deliveries.iter().filter(|(_, it)| it.is_dead());
        dead.map(|(&number, delivery)| DeadDelivery {
            number,
            receiver: delivery.receiver.clone(),
            attempt: delivery.attempt,
            error: delivery.error.clone().unwrap_or_default(),
        })
        .collect()
    }
}

//! The model of an outbox: what each operation does to its deliveries. Times are minutes.

use std::collections::{BTreeMap, BTreeSet};

use lback_signals::durable::{Claim, Claimed, Ending};

#[derive(Debug, Default)]
pub(super) struct Model {
    pub(super) now: i64,
    pub(super) deliveries: BTreeMap<i64, Delivery>,
    inserted: i64,
}

#[derive(Debug)]
pub(super) struct Delivery {
    pub(super) signal: i64,
    pub(super) receiver: &'static str,
    pub(super) version: u32,
    pub(super) token: Option<i64>,
    pub(super) attempt: u32,
    /// `None` for a dead letter, and for a parked delivery.
    pub(super) due: Option<i64>,
    /// The key of its chain, which is one for each receiver. `None` if it is in none.
    key: Option<&'static str>,
    pub(super) is_parked: bool,
}

impl Model {
    pub(super) fn insert(
        &mut self,
        version: u32,
        receivers: &[&'static str],
        key: Option<&'static str>,
    ) {
        let signal = self.inserted + 1;
        for receiver in receivers {
            self.inserted += 1;
            let is_parked = self.chain(receiver, key).next().is_some();
            let delivery = Delivery {
                signal,
                receiver,
                version,
                token: None,
                attempt: 0,
                due: (!is_parked).then_some(self.now),
                key,
                is_parked,
            };
            self.deliveries.insert(self.inserted, delivery);
        }
    }

    /// Returns the deliveries of a chain, by number.
    fn chain(
        &mut self,
        receiver: &str,
        key: Option<&'static str>,
    ) -> impl Iterator<Item = &mut Delivery> {
        let deliveries = self.deliveries.values_mut();
        deliveries.filter(move |it| key.is_some() && it.key == key && it.receiver == receiver)
    }

    /// Makes the next delivery of a chain due, whose head has left it.
    fn free(&mut self, receiver: &str, key: Option<&'static str>) {
        let now = self.now;
        if let Some(next) = self.chain(receiver, key).next() {
            assert!(next.is_parked, "one head");
            next.is_parked = false;
            next.due = Some(now);
        }
    }

    /// Returns the numbers that a claim for this receiver may take, with the times at which they are due.
    pub(super) fn due(&self, receiver: &str, newest: u32) -> BTreeMap<i64, i64> {
        let readable = self.deliveries.iter();
        let readable = readable.filter(|(_, it)| it.receiver == receiver && it.version <= newest);
        let due = readable.filter_map(|(number, it)| Some((*number, it.due?)));
        due.collect()
    }

    pub(super) fn claim(&mut self, claimed: &Claimed, lease: i64) {
        let delivery = self.deliveries.get_mut(&claimed.claim.number).unwrap();
        delivery.attempt += 1;
        delivery.token = Some(claimed.claim.token);
        delivery.due = Some(self.now + lease);
        assert_eq!(claimed.attempt, delivery.attempt, "attempts count claims");
    }

    fn held(&mut self, claim: Claim) -> Option<&mut Delivery> {
        let delivery = self.deliveries.get_mut(&claim.number)?;
        (delivery.token == Some(claim.token)).then_some(delivery)
    }

    /// Returns the claims that are lost.
    pub(super) fn renew(&mut self, claims: &[Claim], lease: i64) -> Vec<Claim> {
        let due = self.now + lease;
        let is_lost = |claim: &Claim| self.held(*claim).map(|it| it.due = Some(due)).is_none();
        claims.iter().copied().filter(is_lost).collect()
    }

    /// Returns the claims that are lost.
    pub(super) fn finish(&mut self, attempts: &[(Claim, Ending)]) -> Vec<Claim> {
        let now = self.now;
        let mut lost = Vec::new();
        for (claim, ending) in attempts {
            let Some(delivery) = self.held(*claim) else {
                lost.push(*claim);
                continue;
            };
            delivery.token = None;
            let (receiver, key) = (delivery.receiver, delivery.key);
            let (due, uncounted) = match ending {
                Ending::Done => {
                    self.deliveries.remove(&claim.number);
                    self.free(receiver, key);
                    continue;
                }
                Ending::Retry { after, .. } => (Some(now + after.as_secs().cast_signed() / 60), 0),
                Ending::Dead {
                    was_run,
                    blocks_key,
                    ..
                } => {
                    let uncounted = u32::from(!was_run);
                    (delivery.due, delivery.attempt) = (None, delivery.attempt - uncounted);
                    if !blocks_key {
                        delivery.key = None;
                        self.free(receiver, key);
                    }
                    continue;
                }
                Ending::Released { after } => (Some(now + after.as_secs().cast_signed() / 60), 1),
            };
            (delivery.due, delivery.attempt) = (due, delivery.attempt - uncounted);
        }
        lost
    }

    pub(super) fn signals(&self) -> usize {
        let signals = self.deliveries.values().map(|it| it.signal);
        signals.collect::<BTreeSet<_>>().len()
    }
}

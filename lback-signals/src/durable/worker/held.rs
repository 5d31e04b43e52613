//! The deliveries that a worker holds, from their claim until their ending is stored.

use std::collections::{HashMap, HashSet};
use std::mem;

use tokio::sync::oneshot;
use tokio::time::Instant;

use super::receivers::ServedReceiver;
use crate::durable::outbox::{Claim, ReceiverClaim};

/// The most endings that wait to be stored while attempts start. A process that is killed repeats their attempts.
const MAX_UNSTORED: usize = 1_000;

/// Why an attempt is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cancel {
    /// The grace of a shutdown has passed.
    Draining,
    /// Another worker has claimed the delivery.
    Lost,
    /// The lease may expire before the database answers.
    LeaseExpiring,
}

/// Receives the reason for which an attempt is cancelled.
pub(super) type Cancelled = oneshot::Receiver<Cancel>;

/// The deliveries that a worker holds, and how many more it can start.
pub(super) struct HeldDeliveries {
    /// By number of the delivery.
    held: HashMap<i64, Held>,
    slots: Vec<Slots>,
    /// The number of attempts that have ended, and whose ending is being stored.
    unstored: usize,
    /// When the worker polls for deliveries that were not announced.
    pub(super) next_poll: Instant,
}

/// How many deliveries of one receiver run.
#[derive(Clone, Copy)]
struct Slots {
    used: u32,
    /// Whether there may be deliveries that are due and not claimed.
    may_have_due: bool,
    /// Whether it is unknown when the next delivery is due: the last poll found a due one, or asked for none, since none
    /// could start.
    has_unknown_due: bool,
}

struct Held {
    claim: Claim,
    receiver: usize,
    /// Until when no other worker claims the delivery, unless the clock of the database is set forward.
    until: Instant,
    state: State,
    has_slot: bool,
}

enum State {
    /// The receiver runs, or is about to.
    Running {
        /// `None` after it was used.
        cancel: Option<oneshot::Sender<Cancel>>,
        is_lost: bool,
    },
    /// The transaction of the receiver is being committed, which is fenced by the claim.
    Committing,
    /// The ending of the attempt is being stored.
    Ended,
}

/// The decision about a delivery that was claimed.
pub(super) enum Start {
    /// Start it.
    New(Cancelled),
    /// This worker still holds it by an earlier claim, whose lease has expired. The new claim replaces it.
    Held,
}

impl HeldDeliveries {
    pub(super) fn new(receivers: usize) -> Self {
        let slots = Slots {
            used: 0,
            may_have_due: true,
            has_unknown_due: false,
        };
        Self {
            held: HashMap::new(),
            slots: vec![slots; receivers],
            unstored: 0,
            next_poll: Instant::now(),
        }
    }

    /// Returns whether so many endings are to be stored that no more attempts start.
    pub(super) fn is_behind(&self) -> bool {
        self.unstored >= MAX_UNSTORED
    }

    /// Returns what to claim for a receiver. `None` if no delivery can start or none is expected.
    pub(super) fn wanted(&self, index: usize, receiver: &ServedReceiver) -> Option<ReceiverClaim> {
        let slots = self.slots.get(index)?;
        let claim = self.startable(index, receiver)?;
        slots.may_have_due.then_some(claim)
    }

    /// Returns how many deliveries of a receiver can start. `None` if none can.
    pub(super) fn startable(
        &self,
        index: usize,
        receiver: &ServedReceiver,
    ) -> Option<ReceiverClaim> {
        let used = self.slots.get(index)?.used;
        let free = receiver.concurrency().saturating_sub(used);
        (free > 0).then(|| receiver.claim(free))
    }

    /// Notes that deliveries of any receiver may be due.
    pub(super) fn expect_due(&mut self) {
        for slots in &mut self.slots {
            slots.may_have_due = true;
        }
    }

    /// Notes whether a claim may have left due deliveries of a receiver. Returns whether it has left none and only the
    /// next poll can find out when one is due.
    pub(super) fn claimed(&mut self, receiver: usize, may_have_due: bool) -> bool {
        let slots = &mut self.slots[receiver];
        slots.may_have_due = may_have_due;
        !may_have_due && mem::take(&mut slots.has_unknown_due)
    }

    /// Notes whether it is unknown after a poll when the next delivery of a receiver is due.
    pub(super) fn polled(&mut self, receiver: usize, has_unknown_due: bool) {
        self.slots[receiver].has_unknown_due = has_unknown_due;
    }

    /// Takes a slot for a delivery that was claimed.
    pub(super) fn start(&mut self, claim: Claim, receiver: usize, until: Instant) -> Start {
        if let Some(held) = self.held.get_mut(&claim.number) {
            held.claim = claim;
            held.until = until;
            if let State::Running { is_lost, .. } = &mut held.state {
                *is_lost = false;
            }
            return Start::Held;
        }
        let (cancel, cancelled) = oneshot::channel();
        let state = State::Running {
            cancel: Some(cancel),
            is_lost: false,
        };
        self.slots[receiver].used += 1;
        self.held.insert(
            claim.number,
            Held {
                claim,
                receiver,
                until,
                state,
                has_slot: true,
            },
        );
        Start::New(cancelled)
    }

    /// Returns the claim by which a delivery is held, which may be newer than that of its attempt.
    pub(super) fn claim_of(&self, number: i64) -> Option<Claim> {
        self.held.get(&number).map(|held| held.claim)
    }

    /// Protects an attempt from being cancelled while its transaction commits. Returns `false` if its claim is lost.
    pub(super) fn begin_commit(&mut self, number: i64) -> bool {
        let Some(held) = self.held.get_mut(&number) else {
            return false;
        };
        if held.is_lost() {
            return false;
        }
        held.state = State::Committing;
        true
    }

    /// Returns whether the claim of a delivery that runs is lost.
    pub(super) fn is_lost(&self, number: i64) -> bool {
        self.held.get(&number).is_some_and(Held::is_lost)
    }

    /// Notes that an attempt has ended, and that its ending is to be stored. Returns `false` if its claim is lost, so
    /// that nothing is to be stored.
    pub(super) fn end(&mut self, number: i64, keeps_slot: bool) -> bool {
        let Some(held) = self.held.get_mut(&number) else {
            return false;
        };
        if held.is_lost() {
            return false;
        }
        if !matches!(held.state, State::Ended) {
            held.state = State::Ended;
            self.unstored += 1;
        }
        if !keeps_slot && held.has_slot {
            held.has_slot = false;
            self.slots[held.receiver].used -= 1;
        }
        true
    }

    /// Removes a delivery that the worker no longer holds.
    pub(super) fn remove(&mut self, number: i64) {
        let Some(held) = self.held.remove(&number) else {
            return;
        };
        if matches!(held.state, State::Ended) {
            self.unstored -= 1;
        }
        if held.has_slot {
            self.slots[held.receiver].used -= 1;
        }
    }

    /// Returns the claims whose leases are to be renewed.
    pub(super) fn claims(&self) -> Vec<Claim> {
        let held = self.held.values().filter(|held| !held.is_lost());
        held.map(|held| held.claim).collect()
    }

    /// Notes that leases were renewed, and cancels the attempts whose claims are lost.
    pub(super) fn renewed(&mut self, claims: &[Claim], lost: &[Claim], until: Instant) {
        let lost: HashSet<_> = lost.iter().collect();
        for claim in claims {
            let Some(held) = self.held.get_mut(&claim.number) else {
                continue;
            };
            if held.claim != *claim {
                continue;
            }
            if !lost.contains(claim) {
                held.until = held.until.max(until);
            } else if let State::Running { cancel, is_lost } = &mut held.state {
                *is_lost = true;
                send(cancel, Cancel::Lost);
            }
        }
    }

    /// Returns when the first lease ends that can be renewed. `None` if there is none.
    pub(super) fn first_end(&self) -> Option<Instant> {
        let held = self.held.values().filter(|held| !held.is_lost());
        held.map(|held| held.until).min()
    }

    /// Returns when the first lease ends of an attempt that can be cancelled.
    pub(super) fn first_end_of_running(&self) -> Option<Instant> {
        let running = self.held.values().filter(|held| {
            matches!(
                held.state,
                State::Running {
                    cancel: Some(_),
                    ..
                }
            )
        });
        running.map(|held| held.until).min()
    }

    /// Cancels the attempts whose lease ends by then.
    pub(super) fn cancel_until(&mut self, end: Instant) {
        let expiring = self.held.values_mut().filter(|held| held.until <= end);
        for held in expiring {
            held.cancel(Cancel::LeaseExpiring);
        }
    }

    pub(super) fn cancel_all(&mut self, why: Cancel) {
        for held in self.held.values_mut() {
            held.cancel(why);
        }
    }

    /// Returns the receivers that run, by their index.
    pub(super) fn running(&self) -> impl Iterator<Item = usize> {
        let running = self
            .held
            .values()
            .filter(|held| !matches!(held.state, State::Ended));
        running.map(|held| held.receiver)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.held.is_empty()
    }
}

impl Held {
    fn is_lost(&self) -> bool {
        matches!(self.state, State::Running { is_lost: true, .. })
    }

    fn cancel(&mut self, why: Cancel) {
        if let State::Running { cancel, .. } = &mut self.state {
            send(cancel, why);
        }
    }
}

fn send(cancel: &mut Option<oneshot::Sender<Cancel>>, why: Cancel) {
    if let Some(cancel) = cancel.take() {
        // The attempt may have ended just now.
        let _ = cancel.send(why);
    }
}

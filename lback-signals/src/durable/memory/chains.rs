//! The chains of the outbox in memory.

use std::collections::{BTreeSet, HashMap};

use crate::durable::chain::Chain;

#[derive(Default)]
pub(super) struct Chains(HashMap<Chain, Members>);

/// The deliveries of a chain, by number.
struct Members {
    head: i64,
    parked: BTreeSet<i64>,
}

impl Chains {
    /// Adds a delivery. Returns whether it is the head; otherwise it is parked.
    pub(super) fn enter(&mut self, chain: &Chain, number: i64) -> bool {
        if let Some(members) = self.0.get_mut(chain) {
            members.parked.insert(number);
            return false;
        }
        let members = Members {
            head: number,
            parked: BTreeSet::new(),
        };
        self.0.insert(chain.clone(), members);
        true
    }

    /// Removes a delivery. Returns the parked one that is the head now, if it was the head.
    pub(super) fn leave(&mut self, chain: &Chain, number: i64) -> Option<i64> {
        let members = self.0.get_mut(chain)?;
        if members.head != number {
            members.parked.remove(&number);
            return None;
        }
        let next = members.parked.pop_first();
        match next {
            Some(next) => members.head = next,
            None => drop(self.0.remove(chain)),
        }
        next
    }
}

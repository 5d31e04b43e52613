//! Chains: the deliveries of one receiver and key, of which one at a time may run.
//!
//! A chain has exactly one delivery that is not parked, unless it is empty: its head, which waits, runs, or is a dead
//! letter that blocks the others. When the head leaves the chain, the lowest parked delivery becomes the head.

#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
use std::collections::HashSet;

use crate::enqueue::{DeliveryRow, SignalRow};

/// The name of a chain. It has no `Debug`, since a key may be personal.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Chain {
    /// The oldest name of the receiver.
    pub(super) ordered_as: String,
    /// The key, as JSON.
    pub(super) key: String,
}

impl Chain {
    /// Returns the chain of a delivery of this signal. `None` if the delivery is not ordered.
    pub(super) fn of(row: &SignalRow, delivery: &DeliveryRow) -> Option<Self> {
        let (ordered_as, key) = (delivery.ordered_as.clone()?, row.key.clone()?);
        Some(Self { ordered_as, key })
    }

    /// Returns the chains of these keys. Empty if there is no name.
    #[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
    pub(super) fn of_keys(
        ordered_as: Option<&str>,
        keys: impl IntoIterator<Item = String>,
    ) -> Vec<Self> {
        let Some(ordered_as) = ordered_as else {
            return Vec::new();
        };
        let chain = |key| Self {
            ordered_as: ordered_as.to_owned(),
            key,
        };
        let chains: HashSet<_> = keys.into_iter().map(chain).collect();
        chains.into_iter().collect()
    }
}

/// Finds the deliveries of an insert that follow another one of the same chain in it.
#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
#[derive(Default)]
pub(super) struct InsertedChains(HashSet<Chain>);

#[cfg(any(feature = "durable-postgres", feature = "durable-sqlite"))]
impl InsertedChains {
    /// Notes a delivery. Returns whether it follows another one.
    pub(super) fn add(&mut self, row: &SignalRow, delivery: &DeliveryRow) -> bool {
        Chain::of(row, delivery).is_some_and(|chain| !self.0.insert(chain))
    }
}

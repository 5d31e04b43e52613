//! One page of a replay, while an outbox delivers it.

use uuid::Uuid;

use super::replay::{Replay, ReplayPosition, ReplayStep, Replayed};

/// The part of a page that is delivered.
#[derive(Debug)]
pub(in crate::durable) struct ReplayPage {
    position: ReplayPosition,
    /// How many more signals it takes.
    rest: u32,
    deliveries: u64,
}

impl ReplayPage {
    /// Begins a page. It takes at least one signal, so that a replay ends.
    pub(in crate::durable) fn new(replay: &Replay, position: ReplayPosition) -> Self {
        Self {
            position,
            rest: replay.limit.max(1),
            deliveries: 0,
        }
    }

    /// Returns how many more signals it takes.
    pub(in crate::durable) fn rest(&self) -> u32 {
        self.rest
    }

    /// Returns the kept signal after which the page begins. `None` if all kept signals are delivered.
    pub(in crate::durable) fn kept_after(&self, since: i64) -> Option<(i64, Uuid)> {
        match self.position.step {
            ReplayStep::Kept(sent_at, id) => Some((sent_at, id).max((since, Uuid::nil()))),
            ReplayStep::Dead(_) => None,
        }
    }

    /// Returns the dead letter after which the page begins.
    pub(in crate::durable) fn dead_after(&self) -> i64 {
        match self.position.step {
            ReplayStep::Kept(..) => i64::MIN,
            ReplayStep::Dead(number) => number,
        }
    }

    /// Adds the number of signals that were found, and of those that are delivered: fewer if others change them at the
    /// same time.
    pub(in crate::durable) fn add(&mut self, found: usize, delivered: u64) {
        let found = u32::try_from(found).unwrap_or(u32::MAX);
        self.rest = self.rest.saturating_sub(found);
        self.deliveries += delivered;
    }

    /// Leaves the signals that follow to the next page.
    #[cfg(feature = "durable-postgres")]
    pub(in crate::durable) fn stop(&mut self) {
        self.rest = 0;
    }

    /// Ends the page. The next one begins after `last`, unless this one has found all signals.
    pub(in crate::durable) fn end(self, last: Option<ReplayStep>) -> Replayed {
        let last = last.filter(|_| self.rest == 0);
        Replayed {
            deliveries: self.deliveries,
            next: last.map(|step| ReplayPosition {
                step,
                ..self.position
            }),
        }
    }

    /// Returns whether it takes no more signals.
    pub(in crate::durable) fn is_full(&self) -> bool {
        self.rest == 0
    }
}

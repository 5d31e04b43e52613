//! The state of a landing.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// The state of a [`Landing`](crate::Landing), for health checks and numbers. A clone is the same state.
///
/// It is that of all services from which signals land. [`of`](Self::of) returns that of one.
#[derive(Clone, Debug, Default)]
pub struct LandingHealth(Vec<(String, Arc<Numbers>)>);

/// The state of the landing from one service.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    is_active: AtomicBool,
    is_degraded: AtomicBool,
    landed: AtomicU64,
    refused: AtomicU64,
    duplicates: AtomicU64,
    ignored: AtomicU64,
}

impl LandingHealth {
    /// Returns the state of the landing from one service. `None` if no signals land from it.
    #[must_use]
    pub fn of(&self, app: &str) -> Option<Self> {
        let found = self.0.iter().find(|(name, _)| name == app)?;
        Some(Self(vec![found.clone()]))
    }

    /// Returns whether this process lands messages of each service. `false` before the start, and while another process
    /// lands those of one.
    #[must_use]
    pub fn is_active(&self) -> bool {
        let is_active = |(_, numbers): &(String, Arc<Numbers>)| load(&numbers.is_active);
        !self.0.is_empty() && self.0.iter().all(is_active)
    }

    /// Returns whether the server or the outbox did not answer last, for one of the services.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.0.iter().any(|(_, numbers)| load(&numbers.is_degraded))
    }

    /// Returns the number of signals that were stored for receivers.
    #[must_use]
    pub fn landed(&self) -> u64 {
        self.sum(|numbers| &numbers.landed)
    }

    /// Returns the number of messages that are dead letters of `@land`.
    #[must_use]
    pub fn refused(&self) -> u64 {
        self.sum(|numbers| &numbers.refused)
    }

    /// Returns the number of messages that were stored before.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.sum(|numbers| &numbers.duplicates)
    }

    /// Returns the number of messages without a receiver here.
    #[must_use]
    pub fn ignored(&self) -> u64 {
        self.sum(|numbers| &numbers.ignored)
    }

    fn sum(&self, number: impl Fn(&Numbers) -> &AtomicU64) -> u64 {
        let of_each = self.0.iter().map(|(_, numbers)| number(numbers));
        of_each.map(|number| number.load(Ordering::Relaxed)).sum()
    }

    pub(crate) fn add_service(&mut self, app: &str) {
        self.0.push((app.to_owned(), Arc::default()));
    }

    /// Returns the services in the order in which they were added.
    pub(crate) fn services(&self) -> impl Iterator<Item = (&str, &Numbers)> {
        self.0.iter().map(|(app, numbers)| (&**app, &**numbers))
    }
}

impl Numbers {
    pub(crate) fn set_active(&self, is_active: bool) {
        self.is_active.store(is_active, Ordering::Relaxed);
    }

    /// Returns whether the state has changed.
    pub(crate) fn set_degraded(&self, is_degraded: bool) -> bool {
        self.is_degraded.swap(is_degraded, Ordering::Relaxed) != is_degraded
    }

    pub(crate) fn add_stored(&self, new: u64, refused: u64, given: u64) {
        // Of the given ones, refused ones are stored as the others are.
        let refused = refused.min(new);
        self.landed.fetch_add(new - refused, Ordering::Relaxed);
        self.refused.fetch_add(refused, Ordering::Relaxed);
        let duplicates = given.saturating_sub(new);
        self.duplicates.fetch_add(duplicates, Ordering::Relaxed);
    }

    pub(crate) fn add_ignored(&self, count: u64) {
        self.ignored.fetch_add(count, Ordering::Relaxed);
    }

    /// Returns the number of messages that were handled.
    pub(crate) fn handled(&self) -> u64 {
        let numbers = [&self.landed, &self.refused, &self.duplicates, &self.ignored];
        numbers.map(|it| it.load(Ordering::Relaxed)).iter().sum()
    }
}

fn load(flag: &AtomicBool) -> bool {
    flag.load(Ordering::Relaxed)
}

//! The settings of a worker.

use std::env;
use std::hash::{BuildHasher, RandomState};
use std::ops::RangeInclusive;
use std::process;
use std::sync::Arc;
use std::time::Duration;

use super::dead_letter::DeadLetter;
use super::verdict::fraction;
use crate::durable::maintenance::DEAD_LETTER_RETENTION;

/// A closure that is called with each dead letter.
type DeadLetterHook = Arc<dyn Fn(&DeadLetter) + Send + Sync>;

#[derive(Clone)]
pub(super) struct Settings {
    pub(super) lease: Duration,
    pub(super) grace: Duration,
    pub(super) poll_interval: Duration,
    pub(super) dead_letter_retention: Duration,
    pub(super) name: String,
    pub(super) on_dead: Option<DeadLetterHook>,
    pub(super) random: Arc<dyn Fn() -> u64 + Send + Sync>,
}

impl Settings {
    pub(super) const LEASES: RangeInclusive<Duration> =
        Duration::from_millis(100)..=Duration::from_hours(24);
    pub(super) const POLL_INTERVALS: RangeInclusive<Duration> =
        Duration::from_millis(10)..=Duration::from_hours(1);
    pub(super) const LONGEST_GRACE: Duration = Duration::from_hours(24 * 365);

    const MAINTENANCE_INTERVAL: Duration = Duration::from_mins(1);

    /// Returns how long before the end of a lease a receiver is cancelled.
    pub(super) fn margin(&self) -> Duration {
        self.lease / 10
    }

    /// Returns the interval of polls after this many idle ones.
    ///
    /// A worker that polls less often than once per lease would find an expired one late.
    pub(super) fn idle_interval(&self, idle_polls: u32) -> Duration {
        let longest = (5 * self.poll_interval).min(self.lease.max(self.poll_interval));
        let doublings = idle_polls.min(3);
        self.poll_interval
            .saturating_mul(1 << doublings)
            .min(longest)
    }

    /// Returns the delay of the next poll after a claim of all due deliveries. A lease that ends meanwhile is found by
    /// that poll.
    pub(super) fn early_poll_delay(&self) -> Duration {
        self.poll_interval / 4
    }

    /// Returns the time to the first maintenance, so that the workers of many processes do not begin at once.
    pub(super) fn maintenance_delay(&self) -> Duration {
        fraction(Self::MAINTENANCE_INTERVAL, (self.random)())
    }

    /// Returns the time to the next maintenance: a minute on average.
    pub(super) fn maintenance_interval(&self) -> Duration {
        Self::MAINTENANCE_INTERVAL / 2 + self.maintenance_delay()
    }

    /// Returns how long to wait after this many errors of the database in a row.
    pub(super) fn error_delay(&self, errors: u32) -> Duration {
        const FIRST: Duration = Duration::from_millis(100);
        const LONGEST: Duration = Duration::from_secs(5);
        let doublings = errors.saturating_sub(1).min(6);
        let delay = (FIRST * (1 << doublings)).min(LONGEST);
        // Spread, so that the workers of many processes do not come back at once.
        let spread = fraction(delay / 2, (self.random)());
        delay / 2 + spread
    }
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            lease: Duration::from_secs(30),
            grace: Duration::from_secs(20),
            poll_interval: Duration::from_secs(1),
            dead_letter_retention: DEAD_LETTER_RETENTION,
            name: default_name(),
            on_dead: None,
            random: Arc::new(random),
        }
    }
}

fn default_name() -> String {
    let id = process::id();
    let host = env::var("HOSTNAME").or_else(|_| env::var("COMPUTERNAME"));
    match host {
        Ok(host) if !host.is_empty() => format!("{host}/{id}"),
        _ => id.to_string(),
    }
}

fn random() -> u64 {
    // Without a source of random numbers the keys of the hasher, which the process has drawn, spread as well.
    getrandom::u64().unwrap_or_else(|_| RandomState::new().hash_one(0))
}

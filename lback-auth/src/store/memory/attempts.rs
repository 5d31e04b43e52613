//! The counted attempts.

use std::collections::HashMap;
use std::time::Duration;

use time::OffsetDateTime;

use crate::store::{Attempt, AttemptKey, Reservation};

/// The count of each key.
#[derive(Clone, Default)]
pub(super) struct Attempts(HashMap<AttemptKey, Count>);

#[derive(Clone, Copy)]
struct Count {
    attempts: u32,
    /// The end of the wait, if there is one.
    until: Option<OffsetDateTime>,
    /// The time from which the attempts no longer count.
    forgotten_at: OffsetDateTime,
}

impl Attempts {
    pub(super) fn reserve(&mut self, attempt: &Attempt, now: OffsetDateTime) -> Reservation {
        let keys = [Some(attempt.subject), attempt.client];
        let keys = keys.iter().flatten();
        let counts = keys.clone().filter_map(|(key, _)| self.count(key, now));
        if let Some(until) = counts.filter_map(|count| count.until).max()
            && until > now
        {
            return Reservation::refused(until, now);
        }
        for (key, limit) in keys {
            let before = self.count(key, now);
            let attempts = before.map_or(0, |count| count.attempts).saturating_add(1);
            let delay = limit.delay_after(attempts);
            let until = (!delay.is_zero()).then(|| after(now, delay));
            let forgotten_at = before.map_or_else(
                || after(now, limit.forgotten_after),
                |count| count.forgotten_at,
            );
            let count = Count {
                attempts,
                until,
                forgotten_at: until.map_or(forgotten_at, |until| forgotten_at.max(until)),
            };
            self.0.insert(*key, count);
        }
        Reservation::Granted
    }

    pub(super) fn clear(&mut self, keys: &[AttemptKey]) {
        self.0.retain(|key, _| !keys.contains(key));
    }

    pub(super) fn return_attempts(&mut self, keys: &[AttemptKey]) {
        for key in keys {
            if let Some(count) = self.0.get_mut(key) {
                count.attempts = count.attempts.saturating_sub(1);
            }
        }
    }

    pub(super) fn purge(&mut self, now: OffsetDateTime) -> usize {
        let before = self.0.len();
        self.0.retain(|_, count| count.forgotten_at > now);
        before - self.0.len()
    }

    /// Returns the count of a key, if it still counts.
    fn count(&self, key: &AttemptKey, now: OffsetDateTime) -> Option<Count> {
        let count = self.0.get(key).copied();
        count.filter(|count| count.forgotten_at > now)
    }
}

/// Returns the instant after a delay, or the last instant.
fn after(now: OffsetDateTime, delay: Duration) -> OffsetDateTime {
    now.saturating_add(time::Duration::try_from(delay).unwrap_or(time::Duration::MAX))
}

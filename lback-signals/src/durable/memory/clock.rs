//! The clock of the outbox in memory, which follows tokio's.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// A time of the outbox: microseconds since the epoch of Unix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Time(i64);

impl Time {
    /// Returns the time in which a duration ends. A duration that is too long ends never.
    pub(super) fn after(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(micros(duration)))
    }

    /// Returns how long it is from `earlier` to this time. Zero if `earlier` is later.
    pub(super) fn since(self, earlier: Self) -> Duration {
        let micros = self.0.saturating_sub(earlier.0);
        Duration::from_micros(u64::try_from(micros).unwrap_or(0))
    }

    /// Returns the microseconds since the epoch.
    pub(super) fn micros(self) -> i64 {
        self.0
    }

    pub(super) fn from_system_time(time: SystemTime) -> Self {
        Self(match time.duration_since(UNIX_EPOCH) {
            Ok(after) => micros(after),
            Err(before) => -micros(before.duration()),
        })
    }

    pub(super) fn to_system_time(self) -> SystemTime {
        let distance = Duration::from_micros(self.0.unsigned_abs());
        let time = if self.0 < 0 {
            UNIX_EPOCH.checked_sub(distance)
        } else {
            UNIX_EPOCH.checked_add(distance)
        };
        time.unwrap_or(UNIX_EPOCH)
    }
}

pub(super) struct Clock {
    started: Instant,
    started_at: i64,
    /// In microseconds.
    offset: AtomicI64,
}

impl Default for Clock {
    fn default() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH);
        Self {
            started: Instant::now(),
            started_at: micros(since_epoch.unwrap_or_default()),
            offset: AtomicI64::new(0),
        }
    }
}

impl Clock {
    pub(super) fn now(&self) -> Time {
        let elapsed = micros(self.started.elapsed());
        let now = self.started_at.saturating_add(elapsed);
        Time(now.saturating_add(self.offset.load(Ordering::Relaxed)))
    }

    pub(super) fn set_offset(&self, millis: i64) {
        let micros = millis.saturating_mul(1000);
        self.offset.store(micros, Ordering::Relaxed);
    }
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

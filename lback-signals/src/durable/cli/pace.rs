//! The pace of a change of many deliveries.

use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::console::Console;

/// The maximum number of deliveries that one transaction changes.
const PAGE: u32 = 500;

/// Limits the deliveries that are changed per second, and shows the progress.
pub(super) struct Pace<'c> {
    console: &'c Console,
    rate: Option<u32>,
    begun: Instant,
    done: u64,
    total: u64,
}

impl<'c> Pace<'c> {
    pub(super) fn new(console: &'c Console, rate: Option<u32>, total: u64) -> Self {
        Self {
            console,
            rate,
            begun: Instant::now(),
            done: 0,
            total,
        }
    }

    /// Returns the number of deliveries of a page.
    pub(super) fn page(&self) -> u32 {
        page(self.rate)
    }

    /// Waits after a page until the next one may begin. `is_last` is the last page.
    pub(super) async fn passed(&mut self, deliveries: u64, is_last: bool) {
        let is_only = self.done == 0 && is_last;
        self.done += deliveries;
        if is_only {
            return;
        }
        if is_last {
            self.console.progress(None);
            return;
        }
        self.console.progress(Some((self.done, self.total)));
        sleep_until(self.begun + time_of(self.done, self.rate)).await;
    }

    /// Returns the number of changed deliveries.
    pub(super) fn done(&self) -> u64 {
        self.done
    }
}

/// Returns the size of a page: small enough to spread the load evenly.
fn page(rate: Option<u32>) -> u32 {
    rate.map_or(PAGE, |rate| (rate / 4).clamp(1, PAGE))
}

/// Returns how long these deliveries take.
fn time_of(done: u64, rate: Option<u32>) -> Duration {
    rate.map_or(Duration::ZERO, |rate| {
        Duration::from_millis(done.saturating_mul(1000) / u64::from(rate))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept_by_small_pages_and_pauses() {
        assert_eq!(
            [None, Some(1), Some(100), Some(10_000)].map(page),
            [500, 1, 25, 500]
        );
        assert_eq!(time_of(50, Some(100)), Duration::from_millis(500));
        assert_eq!(time_of(50, None), Duration::ZERO);
    }
}

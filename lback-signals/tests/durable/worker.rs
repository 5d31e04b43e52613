//! The worker, on an outbox in memory whose clock is paused.

mod delivering;

use std::time::Duration;

use lback_signals::durable::{MemoryOutbox, Outbox, Worker};
use tokio::time::{Instant, sleep, timeout};

/// Waits until a condition is met, which takes no time if the clock is paused.
pub(crate) async fn until(mut is_met: impl AsyncFnMut() -> bool) {
    let wait = async {
        while !is_met().await {
            sleep(Duration::from_millis(1)).await;
        }
    };
    timeout(Duration::from_hours(1), wait)
        .await
        .expect("the condition is met within an hour");
}

/// Waits until all deliveries of an outbox are completed or dead.
pub(crate) async fn until_done(outbox: &impl Outbox) {
    until(async || {
        let counts = outbox.counts().await.unwrap();
        counts.iter().all(|it| it.waiting + it.running == 0)
    })
    .await;
}

/// Returns a worker whose backoff is half of its bound.
pub(crate) fn worker<O: Outbox>(outbox: &O) -> Worker<O> {
    Worker::new(outbox).__with_random(|| 1 << 63)
}

/// The time since the test began.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the time in milliseconds, rounded to the tens, since the worker stores in batches of 5.
    pub(crate) fn tens(&self) -> u64 {
        let millis = u64::try_from(self.0.elapsed().as_millis()).unwrap();
        millis / 10 * 10
    }
}

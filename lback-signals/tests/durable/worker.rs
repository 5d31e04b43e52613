//! The worker, on an outbox in memory whose clock is paused.

mod concurrency;
mod crashes;
mod delivering;
mod died;
mod disabled;
mod drain;
mod faults;
mod faulty;
mod held_anew;
mod hostile;
mod idle;
mod leases;
mod logs;
mod maintaining;
mod no_worker;
mod observed;
mod ordering;
mod retired;
mod timeouts;
mod transactions;
mod two_workers;
mod undecodable;
mod unheard;
mod upcast;

use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use lback_signals::durable::{Outbox, Worker};
use tokio::task::yield_now;
use tokio::time::{Instant, advance, sleep, timeout};

/// Waits until a condition is met, which takes no time if the clock is paused.
pub(crate) async fn until(mut is_met: impl AsyncFnMut() -> bool) {
    let began_at = Instant::now();
    let wait = async {
        while !is_met().await {
            // Steps of a hundredth, so that an hour takes few.
            let step = began_at.elapsed() / 100;
            sleep(step.max(Duration::from_millis(1))).await;
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

/// Passes time while a `fn` runs, which keeps the paused clock from passing it alone.
pub(crate) async fn pass(time: Duration) {
    let end = Instant::now() + time;
    while Instant::now() < end {
        advance(Duration::from_millis(100)).await;
        for _ in 0..20 {
            yield_now().await;
        }
    }
}

/// Waits for a message of another thread, without passing time.
pub(crate) async fn received<T>(receiver: &mpsc::Receiver<T>) -> T {
    loop {
        if let Ok(message) = receiver.try_recv() {
            return message;
        }
        thread::yield_now();
        yield_now().await;
    }
}

/// The time since the test began.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }

    /// Returns the time in milliseconds, rounded to the hundreds, since the worker stores in batches of 5.
    pub(crate) fn hundreds(&self) -> u64 {
        let millis = u64::try_from(self.0.elapsed().as_millis()).unwrap();
        millis / 100 * 100
    }
}

//! Receivers that take too long.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use lback_signals::durable::MemoryOutbox;
use lback_signals::durable::testing::TestOutbox;
use lback_signals::{Res, Scope, receiver, signal};

use super::{Stopwatch, until_done, worker};

#[signal(durable(name = "timeouts.started", version = 1))]
struct Started;

#[derive(Default)]
struct Cancelled(AtomicU32);

/// Counts the attempts that were dropped before they ended.
struct Guard<'c>(&'c Cancelled);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.0.fetch_add(1, Ordering::Relaxed);
    }
}

#[receiver(
    signal = Started,
    durable(name = "timeouts.endless", attempts = 2, timeout = "90s", backoff("10s", max = "10s"))
)]
async fn endless(_: &Started, cancelled: Res<'_, Cancelled>) {
    let _guard = Guard(cancelled.get());
    pending::<()>().await;
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_never_ends_is_cancelled_and_dead_after_its_attempts() {
    let outbox = MemoryOutbox::new();
    outbox.send(Started).await.unwrap();
    let cancelled = Arc::new(Cancelled::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&cancelled));
    let watch = Stopwatch::start();
    let worker = scope.run(|| worker(&outbox).only(endless).spawn().unwrap());
    until_done(&outbox).await;
    // Longer than its lease of 30 seconds, twice, and half of the backoff.
    assert!((185_000..188_000).contains(&watch.hundreds()));
    assert_eq!(cancelled.0.load(Ordering::Relaxed), 2);
    assert_eq!((worker.health().failed(), worker.health().lost()), (2, 0));
    worker.shutdown().await;
    let dead = outbox.dead_letters().await.unwrap();
    assert_eq!(dead[0].attempt, 2);
    assert!(
        dead[0]
            .error
            .starts_with("failed: it was cancelled after 90s: raise `timeout`")
    );
}

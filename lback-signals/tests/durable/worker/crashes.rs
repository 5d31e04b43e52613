//! Workers that end without a word, as a process that aborts.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{ClaimRequest, DeadReason, MemoryOutbox, Outbox, ReceiverClaim};
use lback_signals::{Res, Scope, receiver, signal};
use tokio::time::{Instant, sleep};

use super::{until, until_done, worker};

#[signal(durable(name = "crashes.item", version = 1))]
struct Item;

#[derive(Default)]
struct Runs(AtomicU32);

#[receiver(signal = Item, durable(name = "crashes.count", attempts = 3))]
async fn count(_: &Item, runs: Res<'_, Runs>) {
    runs.0.fetch_add(1, Ordering::Relaxed);
}

async fn crash(outbox: &MemoryOutbox) {
    let request = ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: vec!["crashes.count"],
            oldest_version: 1,
            newest_version: 1,
            limit: 9,
        }],
        lease: Duration::from_secs(30),
        worker: "crashed".to_owned(),
    };
    until(async || outbox.claim(&request).await.unwrap().len() == 1).await;
}

#[tokio::test(start_paused = true)]
async fn others_take_over_within_a_lease_and_a_second() {
    let outbox = MemoryOutbox::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    outbox.send(Item).await.unwrap();
    crash(&outbox).await;
    let crashed_at = Instant::now();
    let worker = scope.run(|| worker(&outbox).only(count).spawn().unwrap());
    // It has been idle for long when the lease expires.
    until_done(&outbox).await;
    let passed = crashed_at.elapsed();
    assert!(
        passed >= Duration::from_secs(30) && passed < Duration::from_secs(31),
        "{passed:?}"
    );
    assert_eq!(runs.0.load(Ordering::Relaxed), 1);
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn rows_that_no_commit_announces_are_found_in_seconds() {
    let outbox = MemoryOutbox::new();
    let worker = Scope::new()
        .provide(Runs::default())
        .run(|| worker(&outbox).only(count).spawn().unwrap());
    sleep(Duration::from_mins(5)).await;
    // Its clock was an hour ahead when they were written.
    outbox.set_clock_offset(3_600_000);
    outbox.send(Item).await.unwrap();
    sleep(Duration::from_millis(1)).await;
    outbox.set_clock_offset(0);
    until(async || worker.health().delivered() == 1).await;
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_delivery_whose_attempts_all_crashed_is_dead_without_a_run() {
    let outbox = MemoryOutbox::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    outbox.send(Item).await.unwrap();
    for _ in 0..3 {
        crash(&outbox).await;
    }
    let letters = Arc::new(Mutex::new(Vec::new()));
    let on_dead = Arc::clone(&letters);
    let worker = worker(&outbox).only(count).on_dead(move |letter| {
        on_dead
            .lock()
            .unwrap()
            .push((letter.attempts(), letter.reason()));
        panic!("its panic is discarded");
    });
    let worker = scope.run(|| worker.spawn().unwrap());
    until_done(&outbox).await;
    worker.shutdown().await;
    assert_eq!(runs.0.load(Ordering::Relaxed), 0);
    assert_eq!(
        *letters.lock().unwrap(),
        [(3, DeadReason::AttemptsExhausted)]
    );
    let dead = outbox.dead_letters().await.unwrap();
    assert_eq!((dead.len(), dead[0].attempt), (1, 3));
    assert!(
        dead[0]
            .error
            .starts_with("attempt 4 was not run, since the receiver has 3")
    );
}

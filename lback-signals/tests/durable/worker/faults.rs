//! Errors of the database.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::{Res, Scope, Signal, receiver, signal};
use tokio::time::sleep;

use super::faulty::{Fault, Faulty, Operation};
use super::{until, until_done, worker};

#[signal(durable(name = "faults.item", version = 1))]
struct Item;

#[derive(Default)]
struct Runs {
    all: AtomicU32,
    now: AtomicU32,
}

#[receiver(signal = Item, durable(name = "faults.count", attempts = 99, concurrency = 2))]
async fn count(_: &Item, runs: Res<'_, Runs>) {
    runs.all.fetch_add(1, Ordering::Relaxed);
    runs.now.fetch_add(1, Ordering::Relaxed);
    let _guard = Guard(runs.get());
    sleep(Duration::from_secs(40)).await;
}

/// Counts an attempt that ends or is dropped.
struct Guard<'r>(&'r Runs);

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Ordering::Relaxed);
    }
}

const FAULTS: [Fault; 4] = [Fault::Before, Fault::After, Fault::Hangs, Fault::HangsAfter];
const OPERATIONS: [Operation; 4] = [
    Operation::Claim,
    Operation::Renew,
    Operation::Finish,
    Operation::NextDue,
];

/// Sends and delivers, while an operation fails from a call on. Returns how many runs were repeated.
async fn deliver(operation: Operation, after: u32, times: u32, fault: Fault) -> u32 {
    const ITEMS: u32 = 5;
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    let worker = scope.run(|| worker(&outbox).only(count).spawn().unwrap());
    let transaction = outbox.inner.begin();
    transaction.run(|| (0..ITEMS).for_each(|_| drop(Item.send())));
    transaction.commit().unwrap();
    until(async || outbox.calls(operation) >= after).await;
    outbox.fail(operation, times, fault);
    until_done(&outbox).await;
    let health = worker.health();
    until(async || !health.is_degraded()).await;
    assert!(health.is_running());
    worker.shutdown().await;
    assert!(!health.is_running());
    assert_eq!(outbox.inner.dead_letters().await.unwrap(), []);
    assert_eq!(runs.now.load(Ordering::Relaxed), 0);
    runs.all.load(Ordering::Relaxed) - ITEMS
}

#[tokio::test(start_paused = true)]
async fn a_database_that_fails_once_repeats_no_run() {
    for operation in OPERATIONS {
        for fault in FAULTS {
            for after in 1..4 {
                let repeated = deliver(operation, after, 1, fault).await;
                assert_eq!(repeated, 0, "{operation:?} {fault:?} {after}");
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_database_that_fails_for_long_ends_no_worker() {
    for operation in OPERATIONS {
        for fault in FAULTS {
            for times in [2, 30] {
                deliver(operation, 2, times, fault).await;
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_health_tells_and_recovers() {
    let outbox = Faulty::new();
    let worker = worker(&outbox);
    let health = worker.health();
    assert!(!health.is_running());
    let scope = Scope::new().provide(Runs::default());
    let worker = scope.run(|| worker.only(count).spawn().unwrap());
    until(async || outbox.calls(Operation::Claim) > 0).await;
    assert!(health.is_running() && !health.is_degraded());
    assert_eq!(health.last_error(), None);
    outbox.fail(Operation::Claim, u32::MAX, Fault::Before);
    outbox.inner.send(Item).await.unwrap();
    until(async || health.is_degraded()).await;
    let error = "the database of the outbox is unavailable: the cable is out";
    assert_eq!(health.last_error().as_deref(), Some(error));
    // It backs off: at most one call in 2.5 seconds.
    sleep(Duration::from_secs(30)).await;
    let calls = outbox.calls(Operation::Claim);
    sleep(Duration::from_secs(100)).await;
    let calls = outbox.calls(Operation::Claim) - calls;
    assert!((20..=41).contains(&calls), "{calls}");
    assert!(health.is_degraded());
    outbox.heal();
    until(async || health.running() == 1).await;
    assert!(!health.is_degraded());
    assert_eq!(health.last_error().as_deref(), Some(error));
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn an_ending_that_the_database_refuses_holds_up_no_other() {
    // The last two of the batch are stored one by one.
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    let worker = scope.run(|| worker(&outbox).only(count).spawn().unwrap());
    let transaction = outbox.inner.begin();
    transaction.run(|| (0..2).for_each(|_| drop(Item.send())));
    transaction.commit().unwrap();
    until(async || runs.now.load(Ordering::Relaxed) == 2).await;
    // Once as a batch, and five times the first alone, which is given up.
    outbox.fail(Operation::Finish, 6, Fault::Refused);
    until_done(&outbox).await;
    worker.shutdown().await;
    // Its lease expires, and it runs again.
    assert_eq!(runs.all.load(Ordering::Relaxed), 3);
}

#[tokio::test(start_paused = true)]
async fn nothing_is_claimed_while_endings_cannot_be_stored() {
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    let worker = scope.run(|| worker(&outbox).only(count).spawn().unwrap());
    let transaction = outbox.inner.begin();
    transaction.run(|| (0..9).for_each(|_| drop(Item.send())));
    transaction.commit().unwrap();
    outbox.fail(Operation::Finish, u32::MAX, Fault::Before);
    sleep(Duration::from_mins(10)).await;
    // Two, and two that were claimed before the first ending was refused.
    assert_eq!(runs.all.load(Ordering::Relaxed), 4);
    assert!(worker.health().is_degraded());
    outbox.heal();
    until_done(&outbox).await;
    assert_eq!(runs.all.load(Ordering::Relaxed), 9);
    worker.shutdown().await;
}

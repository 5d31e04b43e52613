//! Deliveries that a worker claims again before it knows how its last attempt ended.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lback_signals::durable::{Delivery, DeliveryError};
use lback_signals::{Res, Scope, receiver, signal};
use tokio::time::{Instant, sleep};

use super::faulty::{Fault, Faulty, Operation};
use super::{until, until_done, worker};

#[signal(durable(name = "held-anew.item", version = 1))]
struct Item;

#[derive(Default)]
struct Runs(AtomicU32);

#[receiver(signal = Item, durable(name = "held-anew.retry"))]
async fn retry(_: &Item, delivery: Delivery<'_>, runs: Res<'_, Runs>) -> Result<(), DeliveryError> {
    runs.0.fetch_add(1, Ordering::Relaxed);
    match delivery.attempt() {
        1 => Err(DeliveryError::retry_after("again", Duration::ZERO)),
        _ => Ok(()),
    }
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_was_stored_is_started_later() {
    // The answer to the retry is late, and the delivery is claimed meanwhile.
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    outbox.fail(
        Operation::Finish,
        1,
        Fault::LateAnswer(Duration::from_secs(9)),
    );
    let worker = scope.run(|| worker(&outbox).only(retry).spawn().unwrap());
    outbox.inner.send(Item).await.unwrap();
    let sent_at = Instant::now();
    until_done(&outbox).await;
    until(async || worker.health().delivered() == 1).await;
    assert!(sent_at.elapsed() < Duration::from_secs(10));
    let health = worker.health();
    assert_eq!(
        (health.lost(), health.failed(), health.running()),
        (0, 1, 0)
    );
    assert_eq!(runs.0.load(Ordering::Relaxed), 2);
    worker.shutdown().await;
}

#[receiver(signal = Ended, durable(name = "held-anew.succeed"))]
async fn succeed(_: &Ended, runs: Res<'_, Runs>) {
    runs.0.fetch_add(1, Ordering::Relaxed);
    sleep(Duration::from_secs(1)).await;
}

#[signal(durable(name = "held-anew.ended", version = 1))]
struct Ended;

#[tokio::test(start_paused = true)]
async fn a_success_is_stored_by_the_newer_claim() {
    // The first answer is late by more than a lease, and the database does nothing. The leases are not renewed
    // either, so the delivery is claimed again.
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    outbox.fail(
        Operation::Finish,
        1,
        Fault::LateError(Duration::from_secs(29)),
    );
    outbox.fail(Operation::Renew, u32::MAX, Fault::Before);
    let worker = scope.run(|| worker(&outbox).only(succeed).spawn().unwrap());
    outbox.inner.send(Ended).await.unwrap();
    let sent_at = Instant::now();
    until_done(&outbox).await;
    until(async || worker.health().delivered() == 1).await;
    assert!(sent_at.elapsed() < Duration::from_secs(32));
    assert_eq!(runs.0.load(Ordering::Relaxed), 1);
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_success_that_comes_too_late_is_stored_again() {
    // The database stores it after the end of the lease, when the delivery has been claimed again.
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    let late = Duration::from_millis(29_500);
    outbox.fail(Operation::Finish, 1, Fault::LateCall(late));
    outbox.fail(Operation::Renew, u32::MAX, Fault::Before);
    let worker = scope.run(|| worker(&outbox).only(succeed).spawn().unwrap());
    outbox.inner.send(Ended).await.unwrap();
    let sent_at = Instant::now();
    until_done(&outbox).await;
    until(async || worker.health().delivered() == 1).await;
    assert!(sent_at.elapsed() < Duration::from_secs(32));
    assert_eq!(
        (runs.0.load(Ordering::Relaxed), worker.health().lost()),
        (1, 0)
    );
    worker.shutdown().await;
}

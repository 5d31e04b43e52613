//! Receivers that are disabled or muted: their deliveries wait.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lback_signals::durable::{MemoryOutbox, Outbox};
use lback_signals::{Res, Scope, disable, enable, receiver, signal};
use tokio::time::sleep;

use super::faulty::{Fault, Faulty, Operation};
use super::{until, until_done, worker};

#[derive(Default)]
struct Runs(AtomicU32);

#[signal(durable(name = "disabled.first", version = 1))]
struct First;

#[receiver(signal = First, durable(name = "disabled.first"))]
async fn first(_: &First, runs: Res<'_, Runs>) {
    runs.0.fetch_add(1, Ordering::Relaxed);
}

#[tokio::test(start_paused = true)]
async fn a_disabled_receiver_runs_when_it_is_enabled() {
    let outbox = MemoryOutbox::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    disable(first).unwrap();
    let worker = scope.run(|| worker(&outbox).only(first).spawn().unwrap());
    outbox.send(First).await.unwrap();
    sleep(Duration::from_mins(10)).await;
    let counts = outbox.counts().await.unwrap();
    assert_eq!((counts[0].waiting, counts[0].running), (1, 0));
    enable(first).unwrap();
    sleep(Duration::from_secs(6)).await;
    assert_eq!(worker.health().delivered(), 1);
    worker.shutdown().await;
}

#[signal(durable(name = "disabled.second", version = 1))]
struct Second;

#[receiver(signal = Second, durable(name = "disabled.second"))]
fn second(_: &Second, runs: Res<'_, Runs>) {
    runs.0.fetch_add(1, Ordering::Relaxed);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_disabled_after_the_claim_is_given_back() {
    let outbox = Faulty::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    outbox.inner.send(Second).await.unwrap();
    outbox.fail(
        Operation::Claim,
        1,
        Fault::LateAnswer(Duration::from_secs(1)),
    );
    let worker = scope.run(|| worker(&outbox).only(second).spawn().unwrap());
    until(async || outbox.calls(Operation::Claim) == 1).await;
    disable(second).unwrap();
    sleep(Duration::from_secs(2)).await;
    let counts = outbox.counts().await.unwrap();
    assert_eq!((counts[0].waiting, counts[0].running), (1, 0));
    enable(second).unwrap();
    until_done(&outbox).await;
    assert_eq!(runs.0.load(Ordering::Relaxed), 1);
    assert_eq!(worker.health().delivered(), 1);
    worker.shutdown().await;
}

#[signal(durable(name = "disabled.third", version = 1))]
struct Third;

#[receiver(signal = Third, durable(name = "disabled.third"))]
async fn third(_: &Third, runs: Res<'_, Runs>) {
    runs.0.fetch_add(1, Ordering::Relaxed);
}

#[tokio::test(start_paused = true)]
async fn a_delivery_that_the_scope_of_the_worker_mutes_waits() {
    let outbox = MemoryOutbox::new();
    let runs = Arc::new(Runs::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&runs));
    outbox.send(Third).await.unwrap();
    let mute = Scope::new().mute(third);
    let muted = mute.run(|| worker(&outbox).only(third).spawn().unwrap());
    sleep(Duration::from_mins(1)).await;
    muted.shutdown().await;
    assert_eq!(outbox.counts().await.unwrap()[0].waiting, 1);
    let worker = scope.run(|| worker(&outbox).only(third).spawn().unwrap());
    until_done(&outbox).await;
    worker.shutdown().await;
    assert_eq!(runs.0.load(Ordering::Relaxed), 1);
}

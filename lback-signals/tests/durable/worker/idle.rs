//! The statements of a worker that is idle.

use std::future::pending;
use std::time::Duration;

use lback_signals::durable::{ClaimRequest, Outbox, ReceiverClaim, SignalRow};
use lback_signals::{Signal, receiver, signal};
use tokio::time::sleep;

use super::faulty::{Faulty, Operation};
use super::{Stopwatch, until, worker};

#[signal(durable(name = "idle.item", version = 1))]
struct Item;

#[receiver(signal = Item, durable(name = "idle.full", concurrency = 2, timeout = "1h"))]
async fn full(_: &Item) {
    pending::<()>().await;
}

#[receiver(signal = Item, durable(name = "idle.quick", concurrency = 100))]
async fn quick(_: &Item) {}

#[receiver(signal = Item, durable(name = "idle.unserved"))]
async fn unserved(_: &Item) {}

fn asked(outbox: &Faulty) -> u32 {
    outbox.calls(Operation::Claim) + outbox.calls(Operation::NextDue)
}

#[tokio::test(start_paused = true)]
async fn an_idle_worker_asks_every_five_seconds() {
    let outbox = Faulty::new();
    let worker = worker(&outbox).only(quick).spawn().unwrap();
    sleep(Duration::from_mins(1)).await;
    let before = asked(&outbox);
    sleep(Duration::from_secs(100)).await;
    assert_eq!(asked(&outbox) - before, 20);
    assert_eq!(
        outbox.calls(Operation::Renew) + outbox.calls(Operation::Finish),
        0
    );
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_receiver_that_is_full_holds_up_no_other_and_costs_nothing() {
    let outbox = Faulty::new();
    let worker = worker(&outbox)
        .only(full)
        .only(quick)
        .with_grace(Duration::ZERO);
    let worker = worker.spawn().unwrap();
    let transaction = outbox.inner.begin();
    transaction.run(|| (0..50).for_each(|_| drop(Item.send())));
    transaction.commit().unwrap();
    until(async || worker.health().delivered() == 50).await;
    assert_eq!(worker.health().running(), 2);
    sleep(Duration::from_mins(1)).await;
    let before = asked(&outbox);
    sleep(Duration::from_secs(100)).await;
    assert_eq!(asked(&outbox) - before, 20);
    // Every 10 seconds, both at once.
    assert_eq!(outbox.calls(Operation::Renew), 16);
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn commits_for_other_workers_are_looked_at_seldom() {
    let outbox = Faulty::new();
    let worker = worker(&outbox).only(quick).spawn().unwrap();
    for _ in 0..1000 {
        let row = SignalRow::__new("idle.item", 1, "{}", &["idle.unserved"]);
        outbox.insert(vec![row]).await.unwrap();
        sleep(Duration::from_millis(1)).await;
    }
    let asked = asked(&outbox);
    assert!((80..=110).contains(&asked), "{asked}");
    worker.shutdown().await;
}

#[receiver(signal = Item, durable(name = "idle.slow", concurrency = 1))]
async fn slow(_: &Item) {
    sleep(Duration::from_secs(29)).await;
}

/// Lets another worker claim the first delivery that is due, until `lease` has passed.
async fn claim_elsewhere(outbox: &Faulty, receiver: &'static str, lease: u64) {
    let request = ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: vec![receiver],
            oldest_version: 1,
            newest_version: 1,
            limit: 1,
        }],
        lease: Duration::from_secs(lease),
        worker: "other".to_owned(),
    };
    let claimed = outbox.inner.claim(&request).await.unwrap();
    assert_eq!(claimed.len(), 1);
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_expires_just_after_another_is_found_as_soon() {
    let outbox = Faulty::new();
    for lease in [30, 31] {
        outbox.inner.send(Item).await.unwrap();
        claim_elsewhere(&outbox, "idle.quick", lease).await;
    }
    let watch = Stopwatch::start();
    let worker = worker(&outbox).only(quick).spawn().unwrap();
    until(async || worker.health().delivered() == 2).await;
    // `until` looks every 300 ms.
    assert!((31_000..31_700).contains(&watch.hundreds()));
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn a_lease_that_expires_after_its_receiver_was_full_is_found_as_soon() {
    let outbox = Faulty::new();
    outbox.inner.send(Item).await.unwrap();
    claim_elsewhere(&outbox, "idle.slow", 30).await;
    outbox.inner.send(Item).await.unwrap();
    let watch = Stopwatch::start();
    let worker = worker(&outbox).only(slow).spawn().unwrap();
    until(async || worker.health().delivered() == 1 && worker.health().running() == 1).await;
    assert!((30_000..30_700).contains(&watch.hundreds()));
    worker.shutdown().await;
}

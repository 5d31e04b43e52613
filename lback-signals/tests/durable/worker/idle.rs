//! The statements of a worker that is idle.

use std::future::pending;
use std::time::Duration;

use lback_signals::{Signal, receiver, signal};
use tokio::time::sleep;

use super::faulty::{Faulty, Operation};
use super::{until, worker};

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
        let row =
            lback_signals::durable::SignalRow::__new("idle.item", 1, "{}", &["idle.unserved"]);
        lback_signals::durable::Outbox::insert(&outbox, vec![row])
            .await
            .unwrap();
        sleep(Duration::from_millis(1)).await;
    }
    let asked = asked(&outbox);
    assert!((80..=110).contains(&asked), "{asked}");
    worker.shutdown().await;
}

//! How many deliveries run at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use lback_signals::durable::{MemoryOutbox, Outbox};
use lback_signals::{Res, Scope, Signal, receiver, signal};
use tokio::time::sleep;

use super::faulty::{Fault, Faulty, Operation};
use super::{until, until_done, worker};

#[signal(durable(name = "concurrency.item", version = 1))]
struct Item;

#[derive(Default)]
struct Gauge {
    now: AtomicU32,
    most: AtomicU32,
    all: AtomicU32,
}

impl Gauge {
    fn enter(&self) {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        self.all.fetch_add(1, Ordering::SeqCst);
    }

    fn leave(&self) {
        self.now.fetch_sub(1, Ordering::SeqCst);
    }
}

#[derive(Default)]
struct Awaited(Gauge);

#[derive(Default)]
struct Blocking(Gauge);

#[receiver(signal = Item, durable(name = "concurrency.awaited", concurrency = 3))]
async fn awaited(_: &Item, gauge: Res<'_, Awaited>) {
    gauge.0.enter();
    sleep(Duration::from_secs(1)).await;
    gauge.0.leave();
}

#[receiver(signal = Item, durable(name = "concurrency.blocking", concurrency = 2))]
fn blocking(_: &Item, gauge: Res<'_, Blocking>) {
    gauge.0.enter();
    thread::sleep(Duration::from_millis(5));
    gauge.0.leave();
}

#[tokio::test(start_paused = true)]
async fn as_many_run_as_may_and_no_more_are_claimed() {
    const ITEMS: u32 = 20;
    let outbox = MemoryOutbox::new();
    let transaction = outbox.begin();
    transaction.run(|| (0..ITEMS).for_each(|_| drop(Item.send())));
    transaction.commit().unwrap();
    let (async_gauge, fn_gauge) = (Arc::new(Awaited::default()), Arc::new(Blocking::default()));
    let scope = Scope::new()
        .provide_dyn(Arc::clone(&async_gauge))
        .provide_dyn(Arc::clone(&fn_gauge));
    let worker = scope.run(|| {
        worker(&outbox)
            .only(awaited)
            .only(blocking)
            .spawn()
            .unwrap()
    });
    sleep(Duration::from_millis(500)).await;
    let counts = outbox.counts().await.unwrap();
    let of_awaited = counts
        .iter()
        .find(|it| it.receiver == "concurrency.awaited")
        .unwrap();
    assert_eq!(
        (of_awaited.running, of_awaited.waiting),
        (3, u64::from(ITEMS) - 3)
    );
    until_done(&outbox).await;
    worker.shutdown().await;
    for (gauge, limit) in [(&async_gauge.0, 3), (&fn_gauge.0, 2)] {
        assert_eq!(gauge.most.load(Ordering::SeqCst), limit);
        assert_eq!(gauge.all.load(Ordering::SeqCst), ITEMS);
    }
}

#[signal(durable(name = "concurrency.quick", version = 1))]
struct Quick;

#[receiver(signal = Quick, durable(name = "concurrency.quick", concurrency = 500))]
async fn quick(_: &Quick, gauge: Res<'_, Awaited>) {
    gauge.0.enter();
    gauge.0.leave();
}

#[tokio::test(start_paused = true)]
async fn receivers_do_not_run_far_ahead_of_what_is_stored() {
    const ITEMS: u64 = 5_000;
    let outbox = Faulty::new();
    let transaction = outbox.inner.begin();
    transaction.run(|| (0..ITEMS).for_each(|_| drop(Quick.send())));
    transaction.commit().unwrap();
    let late = Fault::LateAnswer(Duration::from_millis(50));
    outbox.fail(Operation::Finish, u32::MAX, late);
    let gauge = Arc::new(Awaited::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&gauge));
    let worker = scope.run(|| worker(&outbox).only(quick).spawn().unwrap());
    let health = worker.health();
    until(async || {
        let called = u64::from(gauge.0.all.load(Ordering::SeqCst));
        let ahead = called - health.delivered();
        assert!(ahead <= 1_600, "{ahead} calls are not stored");
        health.delivered() == ITEMS
    })
    .await;
    worker.shutdown().await;
}

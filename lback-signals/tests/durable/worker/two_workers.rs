//! Several workers on one outbox.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::durable::MemoryOutbox;
use lback_signals::{Res, Scope, Signal, receiver, signal};
use tokio::time::sleep;

use super::{until_done, worker};

#[signal(durable(name = "two-workers.item", version = 1))]
struct Item {
    number: u32,
}

#[derive(Default)]
struct Seen(Mutex<HashMap<(u32, u32), u32>>);

#[receiver(signal = Item, durable(name = "two-workers.see"))]
async fn see(item: &Item, seen: Res<'_, Seen>, worker: Res<'_, u32>) {
    sleep(Duration::from_millis(u64::from(item.number % 7))).await;
    *seen
        .0
        .lock()
        .unwrap()
        .entry((item.number, *worker))
        .or_default() += 1;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_delivery_is_run_by_one_of_them() {
    const ITEMS: u32 = 300;
    const WORKERS: u32 = 3;
    let outbox = MemoryOutbox::new();
    let seen = Arc::new(Seen::default());
    let workers = (0..WORKERS).map(|number| {
        let scope = Scope::new().provide_dyn(Arc::clone(&seen)).provide(number);
        scope.run(|| worker(&outbox).only(see).spawn().unwrap())
    });
    let workers: Vec<_> = workers.collect();
    let transaction = outbox.begin();
    transaction.run(|| (0..ITEMS).for_each(|number| drop(Item { number }.send())));
    transaction.commit().unwrap();
    until_done(&outbox).await;
    for worker in workers {
        let health = worker.health();
        worker.shutdown().await;
        assert!(health.delivered() > 0, "each takes part");
    }
    let seen = seen.0.lock().unwrap();
    assert_eq!(seen.len(), 300);
    assert!(seen.values().all(|&times| times == 1));
    let mut numbers: Vec<_> = seen.keys().map(|(number, _)| number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 300);
}

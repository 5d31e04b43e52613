//! The warning of a process that commits deliveries and has no worker.

use std::time::Duration;

use lback_signals::durable::{MemoryOutbox, Outbox, Worker};
use lback_signals::{receiver, signal};
use tokio::time::sleep;
use tracing::Level;

use crate::collector::collecting;

#[signal(durable(name = "no-worker.item", version = 1))]
struct Item;

#[receiver(signal = Item, durable(name = "no-worker.receiver"))]
async fn ignore(_: &Item) {}

#[test]
fn a_missing_worker_is_told_once() {
    collecting(Level::WARN, async |warnings| {
        let outbox = MemoryOutbox::new();
        for _ in 0..3 {
            outbox.send(Item).await.unwrap();
            sleep(Duration::from_mins(1)).await;
        }
        let lines = warnings.take();
        assert_eq!(lines.len(), 1, "{lines:?}");
        assert!(
            lines[0].contains("`Worker::new(&outbox).spawn()`, or call `outbox.without_worker()`")
        );
    });
}

#[test]
fn a_worker_that_starts_within_seconds_is_no_fault() {
    collecting(Level::WARN, async |warnings| {
        let outbox = MemoryOutbox::new();
        outbox.send(Item).await.unwrap();
        sleep(Duration::from_secs(9)).await;
        let worker = Worker::new(&outbox).only(ignore).spawn().unwrap();
        sleep(Duration::from_mins(1)).await;
        worker.shutdown().await;
        outbox.send(Item).await.unwrap();
        sleep(Duration::from_mins(1)).await;
        assert_eq!(warnings.take(), Vec::<String>::new());
    });
}

#[test]
fn another_process_may_have_the_worker() {
    collecting(Level::WARN, async |warnings| {
        let outbox = MemoryOutbox::new().without_worker();
        outbox.send(Item).await.unwrap();
        sleep(Duration::from_mins(1)).await;
        assert_eq!(warnings.take(), Vec::<String>::new());
        assert_eq!(outbox.counts().await.unwrap()[0].waiting, 1);
    });
}

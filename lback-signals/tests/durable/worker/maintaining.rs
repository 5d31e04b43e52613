//! Deleting dead letters and kept signals whose time is over.

use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{
    ClaimRequest, DEAD_LETTER_RETENTION, Ending, Outbox, ReceiverClaim, SignalRow,
};
use lback_signals::{receiver, signal};
use tokio::time::sleep;

use super::faulty::{Fault, Faulty, Operation};
use super::{Stopwatch, until, worker};

#[signal(durable(name = "maintaining.item", version = 1))]
struct Item;

#[receiver(signal = Item, durable(name = "maintaining.idle"))]
async fn idle(_: &Item) {}

const MINUTE: Duration = Duration::from_mins(1);

/// Inserts signals, and ends their deliveries.
async fn end(outbox: &Faulty, rows: Vec<SignalRow>, ending: Ending) {
    outbox.insert(rows).await.unwrap();
    let request = ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: vec!["maintaining.gone"],
            oldest_version: 1,
            newest_version: 1,
            limit: u32::MAX,
        }],
        lease: MINUTE,
        worker: "tests".to_owned(),
    };
    let claimed = outbox.inner.claim(&request).await.unwrap();
    let ended = claimed.iter().map(|it| (it.claim, ending.clone()));
    let ended: Vec<_> = ended.collect();
    assert_eq!(outbox.inner.finish(&ended).await.unwrap(), []);
}

fn row() -> SignalRow {
    SignalRow::__new("maintaining.item", 1, "{}", &["maintaining.gone"])
}

fn refused() -> Ending {
    Ending::Dead {
        error: "refused".to_owned(),
        was_run: true,
        blocks_key: false,
    }
}

#[tokio::test(start_paused = true)]
async fn a_worker_maintains_its_outbox_once_per_minute() {
    let outbox = Faulty::new();
    let worker = worker(&outbox).only(idle).spawn().unwrap();
    sleep(Duration::from_secs(29)).await;
    assert_eq!(outbox.calls(Operation::Maintain), 0);
    sleep(Duration::from_secs(2)).await;
    assert_eq!(outbox.calls(Operation::Maintain), 1);
    sleep(MINUTE * 10).await;
    assert_eq!(outbox.calls(Operation::Maintain), 11);
    worker.shutdown().await;
    sleep(MINUTE * 10).await;
    assert_eq!(outbox.calls(Operation::Maintain), 11);
}

/// Workers that start at once do not all begin at the same time.
#[tokio::test(start_paused = true)]
async fn the_time_of_the_maintenance_is_spread() {
    let mut calls = Vec::new();
    for random in [0, u64::MAX] {
        let outbox = Faulty::new();
        let worker = worker(&outbox).only(idle).__with_random(move || random);
        let worker = worker.spawn().unwrap();
        sleep(Duration::from_millis(59_900)).await;
        calls.push(outbox.calls(Operation::Maintain));
        sleep(MINUTE * 9).await;
        calls.push(outbox.calls(Operation::Maintain));
        worker.shutdown().await;
    }
    assert_eq!(calls, [2, 20, 0, 6], "every 30 or every 90 seconds");
}

#[tokio::test(start_paused = true)]
async fn a_worker_deletes_all_that_is_too_old() {
    let outbox = Faulty::new();
    let rows = (0..2500).map(|_| row().__with_keep(Duration::ZERO));
    end(&outbox, rows.collect(), Ending::Done).await;
    assert_eq!(outbox.inner.signals().await.unwrap(), 2500);
    let watch = Stopwatch::start();
    let worker = worker(&outbox).only(idle).spawn().unwrap();
    until(async || outbox.inner.signals().await.unwrap() == 0).await;
    assert!(
        (30_000..31_000).contains(&watch.hundreds()),
        "without a pause of a minute"
    );
    worker.shutdown().await;
}

#[tokio::test(start_paused = true)]
async fn dead_letters_are_kept_for_the_retention() {
    for retention in [DEAD_LETTER_RETENTION, MINUTE * 10] {
        let outbox = Faulty::new();
        end(&outbox, vec![row()], refused()).await;
        let mut worker = worker(&outbox).only(idle);
        if retention != DEAD_LETTER_RETENTION {
            worker = worker.with_dead_letter_retention(retention);
        }
        let worker = worker.with_poll_interval(MINUTE * 60).spawn().unwrap();
        sleep(retention.saturating_sub(MINUTE)).await;
        assert_eq!(outbox.inner.dead_letters().await.unwrap().len(), 1);
        sleep(MINUTE * 3).await;
        assert_eq!(outbox.inner.dead_letters().await.unwrap(), []);
        worker.shutdown().await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_maintenance_that_fails_is_tried_again() {
    for fault in [Fault::Before, Fault::After, Fault::Hangs, Fault::Refused] {
        let outbox = Faulty::new();
        outbox.fail(Operation::Maintain, 3, fault);
        let worker = worker(&outbox).only(idle).spawn().unwrap();
        let health = worker.health();
        until(async || health.is_degraded()).await;
        until(async || !health.is_degraded()).await;
        assert_eq!(outbox.calls(Operation::Maintain), 4, "{fault:?}");
        assert!(health.is_running());
        worker.shutdown().await;
    }
}

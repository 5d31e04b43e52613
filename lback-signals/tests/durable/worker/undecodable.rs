//! Payloads that cannot be decoded.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{ClaimRequest, MemoryOutbox, Outbox, ReceiverClaim, SignalRow};
use lback_signals::{Res, Scope, receiver, signal};
use tokio::time::sleep;

use super::{until, until_done, worker};

#[signal(durable(name = "undecodable.counted", version = 2))]
struct Counted {
    by: u32,
}

#[derive(Default)]
struct Sum(AtomicU32);

#[receiver(signal = Counted, durable(name = "undecodable.add", was("undecodable.sum")))]
async fn add(counted: &Counted, sum: Res<'_, Sum>) {
    sum.0.fetch_add(counted.by, Ordering::Relaxed);
}

fn row(name: &str, version: u32, payload: &str) -> SignalRow {
    SignalRow::__new(name, version, payload, &["undecodable.add"])
}

#[tokio::test(start_paused = true)]
async fn a_thousand_undecodable_rows_hold_up_no_good_one() {
    let outbox = MemoryOutbox::new();
    for _ in 0..10 {
        let undecodable = || row("undecodable.counted", 2, r#"{"by": "many"}"#);
        let mut rows: Vec<_> = iter::repeat_with(undecodable).take(100).collect();
        rows.push(row("undecodable.counted", 2, r#"{"by": 1}"#));
        outbox.insert(rows).await.unwrap();
    }
    let sum = Arc::new(Sum::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&sum));
    let worker = scope.run(|| worker(&outbox).only(add).spawn().unwrap());
    until_done(&outbox).await;
    assert_eq!(sum.0.load(Ordering::Relaxed), 10);
    let health = worker.health();
    assert_eq!(
        (health.delivered(), health.dead(), health.failed()),
        (10, 1000, 0)
    );
    worker.shutdown().await;
    let dead = outbox.dead_letters().await.unwrap();
    assert_eq!(dead.len(), 1000);
    for letter in dead {
        // No attempt is counted.
        assert_eq!(letter.attempt, 0);
        assert!(
            letter
                .error
                .contains("`undecodable.counted` v2 cannot be decoded"),
            "{letter:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn only_readable_versions_are_claimed() {
    let outbox = MemoryOutbox::new();
    let rows = vec![
        row("undecodable.counted", 1, r#"{"by": 1}"#),
        row("undecodable.counted", 3, r#"{"by": 10}"#),
        row("undecodable.counted", 2, r#"{"by": 100}"#),
        SignalRow::__new(
            "undecodable.counted",
            2,
            r#"{"by": 1000}"#,
            &["undecodable.sum"],
        ),
        SignalRow::__new(
            "undecodable.counted",
            2,
            r#"{"by": 10000}"#,
            &["undecodable.unknown"],
        ),
    ];
    outbox.insert(rows).await.unwrap();
    let sum = Arc::new(Sum::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&sum));
    let worker = scope.run(|| worker(&outbox).only(add).spawn().unwrap());
    until(async || worker.health().delivered() == 2).await;
    tokio::time::sleep(std::time::Duration::from_mins(5)).await;
    worker.shutdown().await;
    assert_eq!(sum.0.load(Ordering::Relaxed), 1100);
    let waiting: u64 = outbox
        .counts()
        .await
        .unwrap()
        .iter()
        .map(|it| it.waiting)
        .sum();
    assert_eq!((waiting, outbox.dead_letters().await.unwrap()), (3, vec![]));
}

#[tokio::test(start_paused = true)]
async fn a_row_of_another_signal_is_left_to_another_program() {
    let outbox = MemoryOutbox::new();
    outbox
        .insert(vec![row("undecodable.other", 2, r#"{"by": 1}"#)])
        .await
        .unwrap();
    let worker = worker(&outbox).only(add).spawn().unwrap();
    // It is claimed and given back again and again.
    sleep(Duration::from_mins(5)).await;
    worker.shutdown().await;
    assert_eq!(outbox.counts().await.unwrap()[0].waiting, 1);
    assert_eq!(outbox.dead_letters().await.unwrap().len(), 0);
    outbox.set_clock_offset(60_000);
    let request = ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: vec!["undecodable.add"],
            oldest_version: 2,
            newest_version: 2,
            limit: 1,
        }],
        lease: Duration::from_secs(30),
        worker: "another".to_owned(),
    };
    let claimed = outbox.claim(&request).await.unwrap();
    assert_eq!(claimed[0].attempt, 1, "no attempt was counted");
}

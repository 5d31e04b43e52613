//! Particularities of the outbox in memory. The conformance suite tests what all outboxes have in common.

use std::time::Duration;

use lback_signals::durable::testing::TestOutbox;
use lback_signals::durable::{
    Claim, ClaimRequest, Ending, MemoryOutbox, Outbox, ReceiverClaim, SignalRow,
};

fn request() -> ClaimRequest {
    ClaimRequest {
        receivers: vec![ReceiverClaim {
            names: vec!["ship"],
            oldest_version: 1,
            newest_version: 1,
            limit: 4,
        }],
        lease: Duration::from_secs(30),
        worker: "here".to_owned(),
    }
}

async fn claim(outbox: &MemoryOutbox) -> Vec<Claim> {
    let claimed = outbox.claim(&request()).await.unwrap();
    claimed.iter().map(|it| it.claim).collect()
}

#[tokio::test(start_paused = true)]
async fn leases_follow_the_paused_clock_and_its_offset() {
    let outbox = MemoryOutbox::new();
    let row = SignalRow::__new("order.paid", 1, "{}", &["ship"]);
    outbox.insert(vec![row]).await.unwrap();
    let first = claim(&outbox).await;
    assert_eq!(first.len(), 1);
    assert_eq!(claim(&outbox).await, []);

    tokio::time::advance(Duration::from_secs(29)).await;
    let lost = outbox.renew(&first, Duration::from_secs(30)).await.unwrap();
    assert_eq!(lost, []);
    tokio::time::advance(Duration::from_secs(29)).await;
    assert_eq!(claim(&outbox).await, []);
    let due = outbox.next_due(&request().receivers).await.unwrap();
    assert_eq!(due, Some(Duration::from_secs(1)));

    outbox.set_clock_offset(1000);
    let second = claim(&outbox).await;
    assert_eq!(second.len(), 1);
    let ended = [(first[0], Ending::Done), (second[0], Ending::Done)];
    assert_eq!(outbox.finish(&ended).await.unwrap(), first);
    assert!(outbox.counts().await.unwrap().is_empty());
}

#[tokio::test(start_paused = true)]
async fn each_worker_is_woken_by_a_change_between_its_calls() {
    let outbox = MemoryOutbox::new();
    let row = || vec![SignalRow::__new("order.paid", 1, "{}", &["ship"])];
    outbox.insert(row()).await.unwrap();
    let seen = outbox.changed(0).await;
    let other = outbox.clone();
    let waiting = tokio::spawn(async move { other.changed(seen).await });
    tokio::task::yield_now().await;
    assert!(!waiting.is_finished());
    outbox.insert(row()).await.unwrap();
    assert_ne!(outbox.changed(seen).await, seen);
    assert_ne!(waiting.await.unwrap(), seen);
}

#[tokio::test]
async fn a_claimed_delivery_does_not_show_its_payload() {
    let outbox = MemoryOutbox::new();
    let row = SignalRow::__new("order.paid", 1, "{\"email\":\"ada\"}", &["ship"]);
    outbox.insert(vec![row]).await.unwrap();
    let claimed = outbox.claim(&request()).await.unwrap();
    assert_eq!(claimed[0].payload, "{\"email\":\"ada\"}");
    assert!(!format!("{claimed:?}").contains("ada"), "{claimed:?}");
}

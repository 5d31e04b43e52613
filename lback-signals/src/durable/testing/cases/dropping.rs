//! Cases about calls that are dropped before they return.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::durable::outbox::Ending;
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{LEASE, MINUTE, Outcome, Trial, row};

/// How many times a call is polled before it is dropped, at most.
const POLLS: u32 = 12;

/// Polls a call this many times, and drops it. Returns whether it has returned.
async fn poll_and_drop(call: impl Future, polls: u32) -> bool {
    let mut call = pin!(call);
    for _ in 0..polls {
        // Zero polls it once.
        if timeout(Duration::ZERO, &mut call).await.is_ok() {
            return true;
        }
        sleep(Duration::from_micros(100)).await;
    }
    false
}

pub async fn a_dropped_insert_is_done_or_not_done<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let mut least = 0;
    for polls in 1..=POLLS {
        let rows = (0..20).map(|_| row(&["ship", "bill"]));
        let insert = trial.outbox.insert(rows.collect());
        if poll_and_drop(insert, polls).await {
            least += 20;
        }
    }
    trial.insert(&["ship", "bill"]).await?;
    let counts = trial.outbox.counts().await?;
    let waiting: Vec<_> = counts.iter().map(|it| it.waiting).collect();
    assert_eq!(waiting[0], waiting[1], "both receivers or none");
    assert_eq!(waiting[0] % 20, 1, "all signals or none");
    assert!(waiting[0] > least, "what has returned is done");
    Ok(())
}

pub async fn a_dropped_claim_is_done_or_not_done<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_many(20).await?;
    for polls in 1..=POLLS {
        trial.set_ahead(LEASE * 2 * polls);
        poll_and_drop(trial.claim(), polls).await;
        // It waits for the rest of the dropped call.
        let rest = trial.claim().await?.len();
        assert!([0, 20].contains(&rest), "all are claimed or none: {rest}");
    }
    trial.set_ahead(LEASE * 2 * (POLLS + 1));
    let claimed = trial.claim().await?;
    let attempts: Vec<_> = claimed.iter().map(|it| it.attempt).collect();
    assert_eq!(attempts.len(), 20);
    assert!(attempts.iter().all(|it| *it == attempts[0] && *it > 1));
    Ok(())
}

pub async fn a_dropped_ending_is_done_or_not_done<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    for polls in 1..=POLLS {
        trial.insert_many(20).await?;
        let claimed = trial.claim().await?;
        assert_eq!(claimed.len(), 20);
        let endings: Vec<_> = claimed.iter().map(|it| (it.claim, Ending::Done)).collect();
        let has_returned = poll_and_drop(trial.outbox.finish(&endings), polls).await;
        let claims: Vec<_> = claimed.iter().map(|it| it.claim).collect();
        // It waits for the rest of the dropped call.
        let lost = trial.outbox.renew(&claims, LEASE + MINUTE).await?;
        assert!([0, 20].contains(&lost.len()), "all end or none");
        assert!(
            !has_returned || lost.len() == 20,
            "what has returned is done"
        );
        assert_eq!(
            trial.outbox.signals().await?,
            if lost.is_empty() { 20 } else { 0 }
        );
        if lost.is_empty() {
            assert_eq!(trial.outbox.finish(&endings).await?, []);
        }
    }
    Ok(())
}

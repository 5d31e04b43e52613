//! Cases about concurrent callers.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Barrier;

use crate::durable::outbox::{ClaimRequest, Ending, Outbox};
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::LEASE;
use crate::durable::testing::trial::{Outcome, Trial, numbers, receiver, retry, row};

pub(super) const CALLERS: usize = 16;

/// Makes calls from several tasks at the same time, and returns their results.
pub(super) async fn race<O: TestOutbox, T: Send + 'static, F>(
    outbox: &O,
    call: impl Fn(O, usize) -> F,
) -> Outcome<Vec<T>>
where
    F: Future<Output = Outcome<T>> + Send + 'static,
{
    let barrier = Arc::new(Barrier::new(CALLERS));
    let start = |caller| {
        let (call, barrier) = (call(outbox.clone(), caller), Arc::clone(&barrier));
        tokio::spawn(async move {
            barrier.wait().await;
            call.await
        })
    };
    let calls: Vec<_> = (0..CALLERS).map(start).collect();
    let mut outcomes = Vec::new();
    for call in calls {
        outcomes.push(call.await.expect("a call does not panic")?);
    }
    Ok(outcomes)
}

pub(super) fn request(limit: u32) -> ClaimRequest {
    let mut ship = receiver("ship");
    ship.limit = limit;
    ClaimRequest {
        receivers: vec![ship],
        lease: LEASE,
        worker: "conformance".to_owned(),
    }
}

pub async fn concurrent_claims_take_each_delivery_once<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_many(100).await?;
    let claimed = race(&trial.outbox, |outbox, _| async move {
        let claimed = outbox.claim(&request(9)).await?;
        Ok(numbers(&claimed))
    });
    let mut claimed = claimed.await?.concat();
    assert_eq!(claimed.len(), 100);
    claimed.sort_unstable();
    claimed.dedup();
    assert_eq!(claimed.len(), 100, "no delivery is claimed twice");
    Ok(())
}

pub async fn concurrent_endings_of_one_claim_succeed_once<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let claim = trial.claimed().await?;
    let ended = race(&trial.outbox, |outbox, caller| async move {
        let ending = if caller.is_multiple_of(2) {
            Ending::Done
        } else {
            retry(LEASE)
        };
        let lost = outbox.finish(&[(claim, ending.clone())]).await?;
        Ok(lost.is_empty().then_some(ending))
    });
    let ended: Vec<_> = ended.await?.into_iter().flatten().collect();
    assert_eq!(ended.len(), 1, "calls that ended the attempt: {ended:?}");
    let stored = u64::from(ended[0] != Ending::Done);
    assert_eq!(trial.outbox.signals().await?, stored);
    Ok(())
}

pub async fn concurrent_inserts_are_all_stored<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let inserted = race(&trial.outbox, |outbox, _| async move {
        for _ in 0..5 {
            outbox.insert(vec![row(&["ship", "bill"])]).await?;
        }
        Ok(())
    });
    inserted.await?;
    let counts = trial.outbox.counts().await?;
    let counts: Vec<_> = counts
        .iter()
        .map(|it| (&*it.receiver, it.waiting))
        .collect();
    assert_eq!(counts, [("bill", 80), ("ship", 80)]);
    Ok(())
}

pub async fn concurrent_workers_deliver_everything_once<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let delivered = race(&trial.outbox, |outbox, caller| async move {
        let mut delivered = Vec::new();
        for _ in 0..3 {
            outbox.insert(vec![row(&["ship"]), row(&["ship"])]).await?;
            delivered.extend(deliver(&outbox, caller).await?);
        }
        Ok(delivered)
    });
    let mut delivered = delivered.await?.concat();
    loop {
        let rest = deliver(&trial.outbox, 0).await?;
        if rest.is_empty() {
            break;
        }
        delivered.extend(rest);
    }
    let mut times = BTreeMap::new();
    for number in delivered {
        *times.entry(number).or_insert(0) += 1;
    }
    assert_eq!(times.len(), CALLERS * 6);
    assert!(times.values().all(|times| *times == 1), "{times:?}");
    assert_eq!(trial.outbox.signals().await?, 0);
    Ok(())
}

/// Claims some deliveries, gives one back sometimes, and completes the others.
async fn deliver<O: Outbox>(outbox: &O, caller: usize) -> Outcome<Vec<i64>> {
    let claimed = outbox.claim(&request(3)).await?;
    let endings: Vec<_> = claimed
        .iter()
        .map(|it| {
            let gives_back = it.attempt == 1 && it.claim.number.unsigned_abs() % 7 == caller as u64;
            let ending = if gives_back {
                retry(std::time::Duration::ZERO)
            } else {
                Ending::Done
            };
            (it.claim, ending)
        })
        .collect();
    assert_eq!(outbox.finish(&endings).await?, []);
    let done = endings.iter().filter(|(_, ending)| *ending == Ending::Done);
    Ok(done.map(|(claim, _)| claim.number).collect())
}

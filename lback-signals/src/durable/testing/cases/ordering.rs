//! Cases about deliveries of one key, which run one after another.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::durable::outbox::{Claim, ClaimRequest, Ending};
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{
    LEASE, MINUTE, Outcome, Trial, blocking, dead, numbers, receiver, released, retry, row,
};
use crate::enqueue::SignalRow;

/// A signal of this key for receivers with an order.
fn ordered(receivers: &[&str], key: &str) -> SignalRow {
    row(receivers).__with_order(key)
}

impl<O: TestOutbox> Trial<O> {
    /// Inserts a signal of each key, for the receiver `ship`.
    async fn insert_ordered(&self, keys: &[&str]) -> Outcome {
        let rows = keys.iter().map(|key| ordered(&["ship"], key));
        self.outbox.insert(rows.collect()).await
    }

    /// Claims the one delivery of the receiver `ship` that is due, which has this number.
    async fn claim_number(&self, number: i64) -> Outcome<Claim> {
        let claim = self.reclaimed().await?;
        assert_eq!(claim.number, number);
        Ok(claim)
    }

    async fn assert_nothing_due(&self) -> Outcome {
        assert_eq!(numbers(&self.claim().await?), [0; 0]);
        Ok(())
    }
}

pub async fn deliveries_of_a_key_run_one_after_another<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_ordered(&["7", "7"]).await?;
    trial.insert_ordered(&["7"]).await?;
    for number in 1..=3 {
        let claim = trial.claim_number(number).await?;
        trial.assert_nothing_due().await?;
        trial.end(claim, Ending::Done).await?;
    }
    trial.assert_nothing_due().await?;
    assert_eq!(trial.outbox.signals().await?, 0);
    trial.insert_ordered(&["7"]).await?;
    trial.claim_number(4).await?;
    Ok(())
}

pub async fn deliveries_of_other_keys_are_not_held_up<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let keys = ["7", "8", "7", "\"7\"", "8", "null"];
    trial.insert_ordered(&keys).await?;
    let claimed = trial.claim().await?;
    assert_eq!(numbers(&claimed), [1, 2, 4, 6]);
    trial.end(claimed[1].claim, Ending::Done).await?;
    assert_eq!(numbers(&trial.claim().await?), [5]);
    Ok(())
}

pub async fn each_receiver_has_a_separate_order<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let rows = (0..2).map(|_| ordered(&["ship", "bill"], "7"));
    trial.outbox.insert(rows.collect()).await?;
    let receivers = ["ship", "bill"].map(receiver).to_vec();
    let claimed = trial.claim_of(receivers.clone()).await?;
    assert_eq!(numbers(&claimed), [1, 2]);
    trial.end(claimed[1].claim, Ending::Done).await?;
    assert_eq!(numbers(&trial.claim_of(receivers).await?), [4]);
    Ok(())
}

pub async fn deliveries_without_an_order_run_at_once<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let mut of_no_key = ordered(&["ship"], "7");
    of_no_key.key = None;
    let rows = vec![
        ordered(&["ship"], "7"),
        row(&["ship"]).__with_key("7"),
        of_no_key.clone(),
        ordered(&["ship"], "7"),
        row(&["ship"]),
        SignalRow {
            id: uuid::Uuid::now_v7(),
            ..of_no_key
        },
    ];
    trial.outbox.insert(rows).await?;
    let claimed = trial.claim().await?;
    assert_eq!(numbers(&claimed), [1, 2, 3, 5, 6]);
    for claimed in &claimed[1..] {
        trial.end(claimed.claim, Ending::Done).await?;
        trial.assert_nothing_due().await?;
    }
    trial.end(claimed[0].claim, Ending::Done).await?;
    trial.claim_number(4).await?;
    Ok(())
}

pub async fn a_renamed_receiver_keeps_its_order<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let mut renamed = ordered(&["ship-order"], "7");
    renamed.deliveries[0].ordered_as = Some("ship".to_owned());
    trial.insert_ordered(&["7"]).await?;
    trial.outbox.insert(vec![renamed]).await?;
    trial.insert_ordered(&["7"]).await?;
    let mut receiver = receiver("ship-order");
    receiver.names.push("ship");
    for number in 1..=3 {
        let claimed = trial.claim_of(vec![receiver.clone()]).await?;
        assert_eq!(numbers(&claimed), [number]);
        trial.end(claimed[0].claim, Ending::Done).await?;
    }
    Ok(())
}

pub async fn a_failed_delivery_keeps_its_place<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_ordered(&["7", "7"]).await?;
    let endings = [
        retry(Duration::ZERO),
        released(Duration::ZERO),
        retry(MINUTE),
    ];
    for ending in endings {
        let claim = trial.claim_number(1).await?;
        trial.end(claim, ending).await?;
    }
    trial.assert_nothing_due().await?;
    trial.set_ahead(MINUTE * 2);
    let claim = trial.claim_number(1).await?;
    trial.end(claim, Ending::Done).await?;
    trial.claim_number(2).await?;
    Ok(())
}

pub async fn an_expired_lease_keeps_its_place<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_ordered(&["7", "7"]).await?;
    let lost = trial.claim_number(1).await?;
    trial.set_ahead(LEASE * 2);
    let claim = trial.claim_number(1).await?;
    for ending in [Ending::Done, dead("refused")] {
        assert_eq!(trial.outbox.finish(&[(lost, ending)]).await?, [lost]);
        trial.assert_nothing_due().await?;
    }
    trial.end(claim, Ending::Done).await?;
    let next = trial.claim_number(2).await?;
    assert_eq!(
        trial.outbox.finish(&[(claim, Ending::Done)]).await?,
        [claim]
    );
    trial.end(next, Ending::Done).await?;
    Ok(())
}

pub async fn a_dead_letter_lets_the_next_delivery_of_its_key_run<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_ordered(&["7", "7", "7"]).await?;
    let claim = trial.claim_number(1).await?;
    trial.end(claim, dead("refused")).await?;
    let claim = trial.claim_number(2).await?;
    trial.assert_nothing_due().await?;
    trial.end(claim, dead("refused")).await?;
    let claim = trial.claim_number(3).await?;
    trial.end(claim, Ending::Done).await?;
    let letters = trial.outbox.dead_letters().await?;
    let letters: Vec<_> = letters.iter().map(|it| it.number).collect();
    assert_eq!(letters, [1, 2]);
    trial.insert_ordered(&["7"]).await?;
    trial.claim_number(4).await?;
    Ok(())
}

pub async fn a_dead_letter_may_block_its_key<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_ordered(&["7", "8", "7", "8"]).await?;
    let claimed = trial.claim().await?;
    let endings = [
        (claimed[0].claim, blocking("refused")),
        (claimed[1].claim, Ending::Done),
    ];
    assert_eq!(trial.outbox.finish(&endings).await?, []);
    trial.claim_number(4).await?;
    trial.insert_ordered(&["7"]).await?;
    trial.set_ahead(Duration::from_hours(24 * 365));
    trial.claim_number(4).await?;
    assert_eq!(trial.outbox.dead_letters().await?.len(), 1);
    Ok(())
}

pub async fn a_dead_letter_without_an_order_blocks_nothing<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_many(2).await?;
    let claimed = trial.claim().await?;
    trial.end(claimed[0].claim, blocking("refused")).await?;
    trial.insert_ordered(&["7", "7"]).await?;
    trial.claim_number(3).await?;
    Ok(())
}

pub async fn one_call_frees_the_next_delivery_of_each_key<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let keys = ["1", "2", "3", "4", "5"];
    trial.insert_ordered(&keys).await?;
    trial.insert_ordered(&keys).await?;
    let claims: Vec<_> = trial.claim().await?.iter().map(|it| it.claim).collect();
    assert_eq!(claims.len(), 5);
    let endings = [
        (claims[0], Ending::Done),
        (claims[1], dead("refused")),
        (claims[2], blocking("refused")),
        (claims[3], retry(Duration::ZERO)),
        (claims[4], Ending::Done),
    ];
    assert_eq!(trial.outbox.finish(&endings).await?, []);
    assert_eq!(numbers(&trial.claim().await?), [4, 6, 7, 10]);
    Ok(())
}

pub async fn a_freed_delivery_is_due_at_once<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_ordered(&["7", "7", "7"]).await?;
    let claim = trial.claim_number(1).await?;
    let receivers = [receiver("ship")];
    let next_due = async || trial.outbox.next_due(&receivers).await;
    let next = next_due().await?;
    assert!(next.is_some_and(|next| next > LEASE / 2), "{next:?}");
    let counts = trial.outbox.counts().await?;
    assert_eq!((counts[0].waiting, counts[0].running), (2, 1));
    assert_eq!(counts[0].oldest_due, None, "the others are not due");
    trial.set_ahead(MINUTE);
    let seen = trial.settled().await;
    trial.end(claim, Ending::Done).await?;
    // Storages that report changes of other processes may do so at any later time.
    let changed = timeout(Duration::ZERO, trial.outbox.changed(seen)).await;
    assert_ne!(changed.expect("workers are woken at once"), seen);
    assert_eq!(next_due().await?, Some(Duration::ZERO));
    let oldest = trial.outbox.counts().await?[0].oldest_due;
    assert!(oldest.is_some_and(|oldest| oldest < MINUTE), "{oldest:?}");
    Ok(())
}

/// The number of senders and workers at the same time.
const CALLERS: usize = 8;

const KEYS: [&str; 3] = ["7", "8", "9"];

/// Several workers send and deliver deliveries of few keys.
pub async fn concurrent_workers_keep_the_order_of_each_key<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let tasks: Vec<_> = (0..CALLERS)
        .map(|caller| {
            let outbox = trial.outbox.clone();
            tokio::spawn(async move {
                let mut delivered = Vec::new();
                for turn in 0..6 {
                    let key = |place| KEYS[(caller + turn + place) % KEYS.len()];
                    let rows = (0..2).map(|place| {
                        // The payload has the key, for the worker.
                        SignalRow::__new("order.paid", 1, key(place), &["ship"])
                            .__with_order(key(place))
                    });
                    outbox.insert(rows.collect()).await?;
                    delivered.extend(deliver(&outbox).await?);
                }
                Outcome::Ok(delivered)
            })
        })
        .collect();
    let mut delivered = Vec::new();
    for task in tasks {
        delivered.extend(task.await.expect("no panic")?);
    }
    loop {
        let rest = deliver(&trial.outbox).await?;
        if rest.is_empty() {
            break;
        }
        delivered.extend(rest);
    }
    assert_eq!(delivered.len(), CALLERS * 12, "no delivery stays parked");
    // The place of a delivery among those of its key is taken after its claim, and so before the next claim.
    delivered.sort_unstable();
    let mut last = BTreeMap::new();
    for (_, key, number) in delivered {
        let before = last.insert(key, number);
        assert!(before < Some(number), "{before:?} ran before {number}");
    }
    assert_eq!(trial.outbox.signals().await?, 0);
    Ok(())
}

/// Claims and completes deliveries. Returns the time, key and number of each.
async fn deliver<O: TestOutbox>(outbox: &O) -> Outcome<Vec<(Instant, String, i64)>> {
    let request = ClaimRequest {
        receivers: vec![receiver("ship")],
        lease: LEASE,
        worker: "conformance".to_owned(),
    };
    let claimed = outbox.claim(&request).await?;
    let mut delivered = Vec::new();
    for claimed in &claimed {
        delivered.push((
            Instant::now(),
            claimed.payload.clone(),
            claimed.claim.number,
        ));
    }
    let endings: Vec<_> = claimed.iter().map(|it| (it.claim, Ending::Done)).collect();
    assert_eq!(outbox.finish(&endings).await?, []);
    Ok(delivered)
}

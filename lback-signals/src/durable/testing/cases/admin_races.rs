//! Cases about operators and workers at the same time.

use std::collections::{BTreeMap, BTreeSet};

use super::races::{CALLERS, race, request};
use super::replaying::replay;
use crate::durable::admin::{DeliveryFilter, OutboxAdmin};
use crate::durable::outbox::{Ending, Outbox};
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{
    LEASE, MINUTE, Outcome, Trial, dead, numbers, operation, row,
};

/// Claims some deliveries, and completes them. Returns their numbers.
async fn deliver<O: Outbox>(outbox: &O) -> Outcome<Vec<i64>> {
    let claimed = outbox.claim(&request(7)).await?;
    let endings: Vec<_> = claimed.iter().map(|it| (it.claim, Ending::Done)).collect();
    assert_eq!(outbox.finish(&endings).await?, [], "no claim is lost");
    Ok(numbers(&claimed))
}

/// Delivers until nothing is due.
async fn deliver_all<O: Outbox>(outbox: &O) -> Outcome<Vec<i64>> {
    let mut delivered = Vec::new();
    loop {
        let some = deliver(outbox).await?;
        if some.is_empty() {
            return Ok(delivered);
        }
        delivered.extend(some);
    }
}

fn times(numbers: Vec<i64>) -> BTreeMap<i64, u32> {
    let mut times = BTreeMap::new();
    for number in numbers {
        *times.entry(number).or_insert(0) += 1;
    }
    times
}

pub async fn a_dead_letter_that_many_retry_runs_once<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let dead = trial
        .dead((0..100).map(|_| row(&["ship"])).collect())
        .await?;
    let of_callers = race(&trial.outbox, |outbox, caller| {
        let mut dead = dead.clone();
        // Operators name them in different orders.
        dead.rotate_left(caller * 100 / CALLERS);
        async move {
            if caller.is_multiple_of(2) {
                let retried = outbox.retry(&dead, &operation("retry")).await?;
                return Ok((retried, Vec::new()));
            }
            let mut delivered = Vec::new();
            for _ in 0..5 {
                delivered.extend(deliver(&outbox).await?);
            }
            Ok((0, delivered))
        }
    });
    let (retried, delivered): (Vec<u64>, Vec<_>) = of_callers.await?.into_iter().unzip();
    assert_eq!(retried.iter().sum::<u64>(), 100, "each is retried once");
    let mut delivered = delivered.concat();
    delivered.extend(deliver_all(&trial.outbox).await?);
    let times = times(delivered);
    assert_eq!(times.len(), 100, "none is lost");
    assert!(times.values().all(|it| *it == 1), "{times:?}");
    assert_eq!(trial.outbox.signals().await?, 0);
    Ok(())
}

pub async fn a_delivery_is_run_or_discarded<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let rows = (0..100).map(|_| row(&["ship", "bill"]));
    trial.outbox.insert(rows.collect()).await?;
    let shipped = DeliveryFilter {
        receiver: Some("ship".to_owned()),
        ..DeliveryFilter::default()
    };
    let all = trial.outbox.deliveries(&shipped).await?;
    let all: Vec<_> = all.iter().map(|it| it.number).collect();
    let of_callers = race(&trial.outbox, |outbox, caller| {
        let all = all.clone();
        async move {
            if caller.is_multiple_of(2) {
                let mut discarded = 0;
                for part in all.chunks(9) {
                    discarded += outbox.discard(part, &operation("discard")).await?;
                }
                return Ok((discarded, Vec::new()));
            }
            let mut delivered = Vec::new();
            for _ in 0..4 {
                delivered.extend(deliver(&outbox).await?);
            }
            Ok((0, delivered))
        }
    });
    let (discarded, delivered): (Vec<u64>, Vec<_>) = of_callers.await?.into_iter().unzip();
    let discarded: u64 = discarded.iter().sum();
    let delivered = delivered.concat();
    let times = times(delivered.clone());
    assert!(times.values().all(|it| *it == 1), "{times:?}");
    // An operator passes over what a worker claims at the moment.
    let left = trial.outbox.count(&shipped).await?;
    let delivered: BTreeSet<_> = delivered.into_iter().collect();
    let delivered = u64::try_from(delivered.len()).unwrap_or(u64::MAX);
    assert_eq!(delivered + discarded + left, 100);
    assert_eq!(trial.outbox.signals().await?, 100, "of `bill`");
    Ok(())
}

/// One is completed and the other discarded: neither leaves the signal to the other.
pub async fn the_last_two_deliveries_of_a_signal_may_end_at_once<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let rows = (0..160).map(|_| row(&["ship", "bill"]));
    trial.outbox.insert(rows.collect()).await?;
    let billed = DeliveryFilter {
        receiver: Some("bill".to_owned()),
        ..DeliveryFilter::default()
    };
    let billed = trial.outbox.deliveries(&billed).await?;
    let billed: Vec<_> = billed.iter().map(|it| it.number).collect();
    let of_callers = race(&trial.outbox, |outbox, caller| {
        let billed = billed.clone();
        async move {
            if caller.is_multiple_of(2) {
                for part in billed.chunks(4) {
                    outbox.discard(part, &operation("discard")).await?;
                }
            } else {
                deliver_all(&outbox).await?;
            }
            Ok(())
        }
    });
    of_callers.await?;
    deliver_all(&trial.outbox).await?;
    trial.outbox.discard(&billed, &operation("discard")).await?;
    assert!(trial.outbox.counts().await?.is_empty());
    assert_eq!(trial.outbox.signals().await?, 0);
    Ok(())
}

pub async fn a_replay_beside_workers_delivers_each_once<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let kept = |_| row(&["ship"]).__with_keep(LEASE);
    trial.outbox.insert((0..50).map(kept).collect()).await?;
    deliver_all(&trial.outbox).await?;
    let of_callers = race(&trial.outbox, |outbox, caller| async move {
        let (mut replayed, mut delivered) = (0, Vec::new());
        for _ in 0..3 {
            if caller.is_multiple_of(2) {
                let mut replay = replay();
                replay.limit = 20;
                let page = outbox.replay(&replay, &operation("replay")).await?;
                replayed += page.deliveries;
            } else {
                delivered.extend(deliver(&outbox).await?);
            }
            outbox.maintain(LEASE).await?;
        }
        Ok((replayed, delivered))
    });
    let (replayed, delivered): (Vec<u64>, Vec<_>) = of_callers.await?.into_iter().unzip();
    let mut delivered = delivered.concat();
    delivered.extend(deliver_all(&trial.outbox).await?);
    let times = times(delivered);
    assert!(times.values().all(|it| *it == 1), "{times:?}");
    let delivered = u64::try_from(times.len()).unwrap_or(u64::MAX);
    assert_eq!(delivered, replayed.iter().sum::<u64>());
    assert_eq!(trial.outbox.signals().await?, 50);
    trial.set_ahead(LEASE + MINUTE);
    assert_eq!(
        trial.outbox.maintain(LEASE).await?.signals,
        50,
        "each is done"
    );
    Ok(())
}

/// Operators retry, discard and replay while workers deliver: of each key one delivery runs at a time, and in the end
/// none is parked for ever.
pub async fn operators_and_workers_keep_the_order_of_each_key<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let of_callers = race(&trial.outbox, |outbox, caller| async move {
        for round in 0..6 {
            let rows = ["7", "8"].map(|key| row(&["ship"]).__with_order(key).__with_keep(LEASE));
            outbox.insert(rows.to_vec()).await?;
            match caller % 4 {
                0 => {
                    let letters = outbox.deliveries(&DeliveryFilter::default()).await?;
                    let letters: Vec<_> = letters.iter().map(|it| it.number).collect();
                    outbox.retry(&letters, &operation("retry")).await?;
                }
                1 => {
                    let waiting = outbox.deliveries(&DeliveryFilter::default()).await?;
                    let some = waiting.iter().map(|it| it.number).take(3);
                    let some: Vec<_> = some.collect();
                    outbox.discard(&some, &operation("discard")).await?;
                }
                2 if round % 3 == 0 => {
                    let mut replay = replay();
                    replay.ordered_as = Some("ship".to_owned());
                    replay.limit = 5;
                    outbox.replay(&replay, &operation("replay")).await?;
                }
                _ => deliver_some(&outbox).await?,
            }
        }
        Ok(())
    });
    of_callers.await?;
    let completed = times(deliver_all(&trial.outbox).await?);
    assert!(completed.values().all(|it| *it == 1), "{completed:?}");
    let counts = trial.outbox.counts().await?;
    let left: u64 = counts.iter().map(|it| it.waiting + it.running).sum();
    assert_eq!(left, 0, "no delivery is parked for ever");
    assert_eq!(trial.outbox.maintain(LEASE).await?.freed, 0);
    Ok(())
}

/// Claims deliveries, and completes one half of them. The other half dies, without blocking its key.
async fn deliver_some<O: Outbox>(outbox: &O) -> Outcome {
    let claimed = outbox.claim(&request(9)).await?;
    assert!(claimed.len() <= 2, "one of each key: {claimed:?}");
    let endings: Vec<_> = claimed
        .iter()
        .map(|it| {
            let is_done = it.claim.number.unsigned_abs().is_multiple_of(2);
            let ending = if is_done {
                Ending::Done
            } else {
                dead("refused")
            };
            (it.claim, ending)
        })
        .collect();
    assert_eq!(outbox.finish(&endings).await?, [], "no claim is lost");
    Ok(())
}

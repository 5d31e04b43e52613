//! Cases about changes of operators to deliveries of one key, which run one after another.

use std::time::Duration;

use super::replaying::replay;
use crate::durable::admin::{DeliveryFilter, DeliveryState, OutboxAdmin, Replay};
use crate::durable::outbox::Ending;
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{
    MINUTE, Outcome, Trial, blocking, dead, numbers, operation, row,
};
use crate::enqueue::SignalRow;

const DAY: Duration = Duration::from_hours(24);

fn ordered(key: &str) -> SignalRow {
    row(&["ship"]).__with_order(key)
}

impl<O: TestOutbox + OutboxAdmin> Trial<O> {
    /// Inserts signals of these keys.
    async fn insert_keys(&self, keys: &[&str]) -> Outcome {
        let rows = keys.iter().map(|key| ordered(key));
        self.outbox.insert(rows.collect()).await
    }

    /// Claims the deliveries that are due, which have these numbers, and ends their attempts.
    async fn end_next(&self, expected: &[i64], ending: &Ending) -> Outcome {
        let claimed = self.claim().await?;
        assert_eq!(numbers(&claimed), expected);
        let endings: Vec<_> = claimed
            .iter()
            .map(|it| (it.claim, ending.clone()))
            .collect();
        assert_eq!(self.outbox.finish(&endings).await?, []);
        Ok(())
    }

    async fn retry_all(&self, numbers: &[i64]) -> Outcome {
        let retried = self.outbox.retry(numbers, &operation("retry")).await?;
        assert_eq!(retried, numbers.len() as u64);
        Ok(())
    }

    async fn discard_all(&self, numbers: &[i64]) -> Outcome {
        let discarded = self.outbox.discard(numbers, &operation("discard")).await?;
        assert_eq!(discarded, numbers.len() as u64);
        Ok(())
    }

    async fn parked(&self) -> Outcome<Vec<i64>> {
        let filter = DeliveryFilter {
            state: Some(DeliveryState::Parked),
            ..DeliveryFilter::default()
        };
        let parked = self.outbox.deliveries(&filter).await?;
        assert!(parked.iter().all(|it| it.due_at.is_none()));
        Ok(parked.iter().map(|it| it.number).collect())
    }
}

pub async fn a_retried_dead_letter_waits_for_the_delivery_that_has_passed_it<
    O: TestOutbox + OutboxAdmin,
>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_keys(&["7", "7", "7"]).await?;
    trial.end_next(&[1], &dead("refused")).await?;
    let claim = trial.reclaimed().await?;
    trial.retry_all(&[1]).await?;
    assert_eq!(trial.parked().await?, [1, 3]);
    trial.end(claim, Ending::Done).await?;
    // It is the first in the order of the commits.
    assert_eq!(trial.parked().await?, [3]);
    trial.end_next(&[1], &dead("refused")).await?;
    trial.end_next(&[3], &Ending::Done).await?;
    trial.retry_all(&[1]).await?;
    trial.insert_keys(&["7"]).await?;
    trial.end_next(&[1], &Ending::Done).await?;
    trial.end_next(&[4], &Ending::Done).await?;
    trial.end_next(&[], &Ending::Done).await
}

pub async fn retried_dead_letters_of_a_key_run_one_after_another<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_keys(&["7", "8", "7", "7"]).await?;
    trial.end_next(&[1, 2], &dead("refused")).await?;
    trial.end_next(&[3], &dead("refused")).await?;
    trial.end_next(&[4], &dead("refused")).await?;
    trial.retry_all(&[4, 2, 1]).await?;
    assert_eq!(trial.parked().await?, [4]);
    trial.retry_all(&[3]).await?;
    assert_eq!(trial.parked().await?, [3, 4]);
    trial.end_next(&[1, 2], &Ending::Done).await?;
    trial.end_next(&[3], &Ending::Done).await?;
    trial.end_next(&[4], &Ending::Done).await
}

pub async fn a_retried_dead_letter_that_blocks_its_key_is_due<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_keys(&["7", "7"]).await?;
    trial.end_next(&[1], &blocking("refused")).await?;
    assert_eq!(trial.parked().await?, [2]);
    trial.retry_all(&[1]).await?;
    assert_eq!(trial.parked().await?, [2]);
    trial.end_next(&[1], &Ending::Done).await?;
    trial.end_next(&[2], &Ending::Done).await
}

pub async fn a_discarded_head_frees_the_next_delivery<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_keys(&["7", "7", "7", "7", "7", "7"]).await?;
    trial.discard_all(&[1]).await?;
    assert_eq!(trial.parked().await?, [3, 4, 5, 6]);
    trial.end_next(&[2], &blocking("refused")).await?;
    trial.discard_all(&[2]).await?;
    assert_eq!(trial.parked().await?, [4, 5, 6]);
    trial.end_next(&[3], &dead("refused")).await?;
    // It has left the chain.
    trial.discard_all(&[3]).await?;
    assert_eq!(trial.parked().await?, [5, 6]);
    trial.discard_all(&[5, 4]).await?;
    trial.end_next(&[6], &Ending::Done).await?;
    trial.insert_keys(&["7"]).await?;
    trial.end_next(&[7], &Ending::Done).await?;
    assert_eq!(trial.outbox.signals().await?, 0);
    Ok(())
}

pub async fn a_discarded_delivery_that_waits_for_another_frees_nothing<
    O: TestOutbox + OutboxAdmin,
>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_keys(&["7", "7", "7", "7"]).await?;
    trial.end_next(&[1], &dead("refused")).await?;
    let claim = trial.reclaimed().await?;
    trial.retry_all(&[1]).await?;
    trial.discard_all(&[3]).await?;
    assert_eq!(trial.parked().await?, [1, 4]);
    let running = trial.outbox.discard(&[2], &operation("discard")).await?;
    assert_eq!(running, 0);
    trial.discard_all(&[1]).await?;
    assert_eq!(trial.parked().await?, [4]);
    trial.end(claim, Ending::Done).await?;
    trial.end_next(&[4], &Ending::Done).await
}

/// Also if the dead letter is not the first of its key.
pub async fn maintenance_leaves_blocked_keys_as_they_are<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_keys(&["7", "7", "7"]).await?;
    trial.end_next(&[1], &dead("refused")).await?;
    let claim = trial.reclaimed().await?;
    trial.retry_all(&[1]).await?;
    assert_eq!(trial.outbox.maintain(DAY).await?.freed, 0);
    trial.end(claim, blocking("refused")).await?;
    assert_eq!(trial.outbox.maintain(DAY).await?.freed, 0);
    assert_eq!(trial.parked().await?, [1, 3]);
    trial.discard_all(&[2]).await?;
    trial.end_next(&[1], &Ending::Done).await?;
    trial.end_next(&[3], &Ending::Done).await
}

pub async fn an_erased_head_frees_the_next_delivery<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let of = |subject| ordered("7").__with_subject(subject);
    let rows = ["ada", "bob", "ada", "bob"].map(of).to_vec();
    trial.outbox.insert(rows).await?;
    let erased = trial.outbox.erase("ada", &operation("erase")).await?;
    assert_eq!((erased.deliveries, trial.parked().await?), (2, vec![4]));
    trial.end_next(&[2], &Ending::Done).await?;
    trial.end_next(&[4], &Ending::Done).await
}

pub async fn a_dead_letter_blocks_its_key_until_it_is_deleted<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_keys(&["7", "7"]).await?;
    trial.end_next(&[1], &blocking("refused")).await?;
    trial.set_ahead(MINUTE);
    assert_eq!(trial.outbox.maintain(DAY).await?.dead, 0);
    trial.end_next(&[], &Ending::Done).await?;
    trial.set_ahead(DAY * 2);
    let maintained = trial.outbox.maintain(DAY).await?;
    assert_eq!((maintained.dead, maintained.freed), (1, 0));
    trial.end_next(&[2], &Ending::Done).await
}

pub async fn a_replay_keeps_the_order_of_each_key<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let kept = |key| ordered(key).__with_keep(DAY * 7);
    for (place, key) in ["7", "8", "7", "7"].into_iter().enumerate() {
        trial.set_ahead(MINUTE * u32::try_from(place).unwrap_or_default());
        trial.outbox.insert(vec![kept(key)]).await?;
        let last = if place == 3 {
            dead("refused")
        } else {
            Ending::Done
        };
        trial
            .end_next(&[i64::try_from(place).unwrap_or_default() + 1], &last)
            .await?;
    }
    let unordered = row(&["ship"]).__with_keep(DAY * 7);
    trial.outbox.insert(vec![unordered, ordered("9")]).await?;
    trial.end_next(&[5, 6], &Ending::Done).await?;
    trial.insert_keys(&["7"]).await?;

    let mut replay = Replay {
        ordered_as: Some("ship".to_owned()),
        ..replay()
    };
    let operation = operation("replay");
    let mut replayed = 0;
    loop {
        let page = trial.outbox.replay(&replay, &operation).await?;
        replayed += page.deliveries;
        replay.from = page.next;
        if page.next.is_none() {
            break;
        }
    }
    assert_eq!(replayed, 5);
    // The delivery 4 is the dead letter. The others are new, in the order of sending: of the keys 7, 8, 7 and none.
    assert_eq!(trial.parked().await?, [4, 8, 10]);
    trial.end_next(&[7, 9, 11], &Ending::Done).await?;
    for number in [4, 8, 10] {
        trial.end_next(&[number], &Ending::Done).await?;
    }
    trial.end_next(&[], &Ending::Done).await
}

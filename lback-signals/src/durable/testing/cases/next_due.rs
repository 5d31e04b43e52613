//! Cases about the time of the next delivery.

use std::time::Duration;

use crate::durable::outbox::{Ending, ReceiverClaim};
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{LEASE, MINUTE, Outcome, Trial, dead, receiver, retry};

impl<O: TestOutbox> Trial<O> {
    /// Returns the next time for these receivers, in whole minutes, rounded up.
    async fn minutes(&self, receivers: &[ReceiverClaim]) -> Outcome<Option<u64>> {
        let next = self.outbox.next_due(receivers).await?;
        Ok(next.map(|next| next.as_secs().div_ceil(60)))
    }
}

pub async fn next_due_is_the_time_to_the_first_delivery<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let ship = [receiver("ship")];
    assert_eq!(trial.outbox.next_due(&ship).await?, None);
    trial.insert_many(2).await?;
    assert_eq!(trial.outbox.next_due(&ship).await?, Some(Duration::ZERO));
    let claimed = trial.claim().await?;
    trial.end(claimed[0].claim, retry(MINUTE * 30)).await?;
    trial.end(claimed[1].claim, retry(MINUTE * 20)).await?;
    assert_eq!(trial.minutes(&ship).await?, Some(20));
    trial.set_ahead(MINUTE * 5);
    assert_eq!(trial.minutes(&ship).await?, Some(15));
    trial.set_ahead(MINUTE * 25);
    assert_eq!(trial.outbox.next_due(&ship).await?, Some(Duration::ZERO));
    Ok(())
}

pub async fn next_due_is_the_time_to_the_end_of_a_lease<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let ship = [receiver("ship")];
    let claim = trial.claimed().await?;
    assert_eq!(trial.minutes(&ship).await?, Some(60));
    trial.outbox.renew(&[claim], LEASE * 2).await?;
    assert_eq!(trial.minutes(&ship).await?, Some(120));
    trial.end(claim, Ending::Done).await?;
    assert_eq!(trial.outbox.next_due(&ship).await?, None);
    Ok(())
}

pub async fn next_due_considers_only_what_a_claim_takes<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, dead("refused")).await?;
    trial.insert(&["bill"]).await?;
    let mut newer = receiver("bill");
    (newer.oldest_version, newer.newest_version) = (2, 9);
    let others = [receiver("ship"), newer];
    assert_eq!(trial.outbox.next_due(&others).await?, None);
    assert_eq!(trial.outbox.next_due(&[]).await?, None);
    let mut renamed = receiver("invoice");
    renamed.names.push("bill");
    // Slots that are free later count, too.
    renamed.limit = 0;
    let due = trial.outbox.next_due(&[receiver("ship"), renamed]).await?;
    assert_eq!(due, Some(Duration::ZERO));
    Ok(())
}

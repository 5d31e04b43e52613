//! Cases about the counts of deliveries.

use std::time::Duration;

use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{LEASE, MINUTE, Outcome, Trial, dead, receiver, retry};

pub async fn counts_are_by_receiver_and_state<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    assert_eq!(trial.outbox.counts().await?, []);
    trial.insert_many(6).await?;
    let mut ship = receiver("ship");
    ship.limit = 4;
    let claimed = trial.claim_of(vec![ship]).await?;
    trial.end(claimed[0].claim, dead("refused")).await?;
    trial.end(claimed[1].claim, retry(MINUTE)).await?;
    trial.insert(&["bill"]).await?;
    let counts = async || -> Outcome<Vec<_>> {
        let counts = trial.outbox.counts().await?.into_iter();
        let counts = counts.map(|it| (it.receiver, it.waiting, it.running, it.dead));
        Ok(counts.collect())
    };
    let (bill, ship) = (|| "bill".to_owned(), || "ship".to_owned());
    assert_eq!(counts().await?, [(bill(), 1, 0, 0), (ship(), 3, 2, 1)]);
    trial.set_ahead(LEASE * 2);
    assert_eq!(
        counts().await?,
        [(bill(), 1, 0, 0), (ship(), 5, 0, 1)],
        "the leases have expired"
    );
    Ok(())
}

pub async fn counts_tell_how_long_the_oldest_delivery_is_due<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let oldest = async || -> Outcome<Option<u64>> {
        let counts = trial.outbox.counts().await?;
        let due = counts[0].oldest_due;
        Ok(due
            .as_ref()
            .map(Duration::as_secs)
            .map(|seconds| seconds / 60))
    };
    trial.insert(&["ship"]).await?;
    assert_eq!(oldest().await?, Some(0));
    trial.set_ahead(MINUTE * 10);
    trial.insert(&["ship"]).await?;
    assert_eq!(oldest().await?, Some(10));
    let claimed = trial.claim().await?;
    assert_eq!(oldest().await?, None, "both are running");
    trial.end(claimed[0].claim, retry(MINUTE * 5)).await?;
    assert_eq!(oldest().await?, None, "one waits and is not due");
    trial.set_ahead(MINUTE * 10 + LEASE + MINUTE * 3);
    assert_eq!(oldest().await?, Some(58));
    Ok(())
}

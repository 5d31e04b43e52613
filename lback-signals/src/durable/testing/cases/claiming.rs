//! Cases about claiming deliveries.

use std::collections::HashSet;

use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{
    LEASE, MINUTE, Outcome, Trial, numbers, receiver, retry, row,
};
use crate::enqueue::SignalRow;

pub async fn a_claim_takes_only_the_receivers_that_it_names<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert(&["ship", "ship-2", "Ship", "bill"]).await?;
    let claimed = trial.claim().await?;
    let receivers: Vec<_> = claimed.iter().map(|it| &*it.receiver).collect();
    assert_eq!(receivers, ["ship"]);
    Ok(())
}

pub async fn a_claim_takes_deliveries_under_earlier_names<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert(&["send"]).await?;
    trial.insert(&["ship"]).await?;
    trial.insert(&["post"]).await?;
    let mut ship = receiver("ship");
    ship.names.extend(["send", "post"]);
    ship.limit = 2;
    let claimed = trial.claim_of(vec![ship.clone()]).await?;
    let receivers: Vec<_> = claimed.iter().map(|it| &*it.receiver).collect();
    assert_eq!(receivers, ["send", "ship"], "one limit for all names");
    assert_eq!(trial.claim_of(vec![ship]).await?.len(), 1);
    Ok(())
}

pub async fn a_claim_takes_only_versions_that_the_program_reads<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let versions = [1, 9, 3, 4, 2, 5, 3];
    let rows = versions.map(|version| SignalRow::__new("order.paid", version, "{}", &["ship"]));
    trial.outbox.insert(rows.to_vec()).await?;
    let mut ship = receiver("ship");
    (ship.oldest_version, ship.newest_version) = (2, 4);
    ship.limit = 3;
    let mut claimed = trial.claim_of(vec![ship.clone()]).await?;
    claimed.extend(trial.claim_of(vec![ship.clone()]).await?);
    let versions: Vec<_> = claimed.iter().map(|it| it.version).collect();
    assert_eq!(
        versions,
        [3, 4, 2, 3],
        "the longest due of any version first"
    );
    assert!(trial.claim_of(vec![ship.clone()]).await?.is_empty());
    (ship.oldest_version, ship.newest_version) = (6, u32::MAX);
    assert_eq!(trial.claim_of(vec![ship]).await?.len(), 1);
    Ok(())
}

pub async fn a_claim_takes_as_many_as_the_limit_of_each_receiver<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let rows = (0..20).map(|_| row(&["ship", "bill", "post"]));
    trial.outbox.insert(rows.collect()).await?;
    let with_limit = |name, limit| {
        let mut receiver = receiver(name);
        receiver.limit = limit;
        receiver
    };
    let receivers = vec![
        with_limit("ship", 3),
        with_limit("bill", 15),
        with_limit("post", 0),
    ];
    for expected in [(3, 15), (3, 5), (3, 0)] {
        let claimed = trial.claim_of(receivers.clone()).await?;
        let count = |name| claimed.iter().filter(|it| it.receiver == name).count();
        assert_eq!((count("ship"), count("bill")), expected);
        assert_eq!(claimed.len(), expected.0 + expected.1);
    }
    Ok(())
}

pub async fn a_claim_takes_what_has_been_due_for_longest<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    trial.insert_many(4).await?;
    let claimed = trial.claim().await?;
    let claims: Vec<_> = claimed.iter().map(|it| it.claim).collect();
    let delays = [3, 1, 2, 1];
    let retries = delays.map(|delay| retry(MINUTE * delay));
    let endings: Vec<_> = claims.iter().copied().zip(retries).collect();
    trial.outbox.finish(&endings).await?;
    trial.set_ahead(LEASE);
    let mut ship = receiver("ship");
    ship.limit = 1;
    for place in [1, 3, 2, 0] {
        let claimed = trial.claim_of(vec![ship.clone()]).await?;
        assert_eq!(numbers(&claimed), [claims[place].number]);
    }
    Ok(())
}

pub async fn a_claim_returns_deliveries_by_number<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_many(3).await?;
    let claimed = trial.claim().await?;
    let claims = claimed.iter().map(|it| it.claim);
    let retries = [3, 1, 2].map(|delay| retry(MINUTE * delay));
    let endings: Vec<_> = claims.zip(retries).collect();
    trial.outbox.finish(&endings).await?;
    trial.set_ahead(LEASE);
    assert_eq!(numbers(&trial.claim().await?), numbers(&claimed));
    Ok(())
}

pub async fn a_claim_of_nothing_is_empty<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    assert!(trial.claim().await?.is_empty(), "nothing is stored");
    trial.insert(&["ship"]).await?;
    assert!(trial.claim_of(Vec::new()).await?.is_empty());
    let mut nameless = receiver("ship");
    nameless.names.clear();
    let mut none = receiver("ship");
    none.limit = 0;
    assert!(trial.claim_of(vec![nameless, none]).await?.is_empty());
    assert_eq!(trial.claim().await?.len(), 1);
    Ok(())
}

pub async fn each_claim_counts_an_attempt<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert(&["ship"]).await?;
    for attempt in 1..=4 {
        // The worker that has claimed it is gone.
        trial.set_ahead(LEASE * 2 * attempt);
        let claimed = trial.claim().await?;
        let attempts: Vec<_> = claimed.iter().map(|it| it.attempt).collect();
        assert_eq!(attempts, [attempt]);
    }
    Ok(())
}

pub async fn each_claim_has_a_token_of_its_own<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_many(50).await?;
    let mut tokens = HashSet::new();
    for round in 0..3 {
        trial.set_ahead(LEASE * 2 * round);
        let claimed = trial.claim().await?;
        assert_eq!(claimed.len(), 50);
        tokens.extend(claimed.iter().map(|it| it.claim.token));
    }
    assert_eq!(tokens.len(), 150);
    Ok(())
}

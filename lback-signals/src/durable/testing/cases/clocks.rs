//! Cases about a clock that is set.

use std::time::Duration;

use crate::durable::outbox::Ending;
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{LEASE, MINUTE, Outcome, Trial, receiver, retry};

const HOUR: Duration = Duration::from_hours(1);

pub async fn a_clock_set_back_ends_no_lease<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    for back in [MINUTE, HOUR, HOUR * 24 * 365 * 60] {
        trial.set_back(back);
        assert!(trial.claim().await?.is_empty(), "set back by {back:?}");
        let counts = trial.outbox.counts().await?;
        assert_eq!((counts[0].running, counts[0].waiting), (1, 0));
    }
    trial.end(claim, Ending::Done).await
}

pub async fn a_clock_set_back_delays_deliveries<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert(&["ship"]).await?;
    trial.set_back(HOUR);
    assert!(trial.claim().await?.is_empty());
    let next = trial.outbox.next_due(&[receiver("ship")]).await?;
    assert!(next.is_some_and(|next| next > MINUTE * 59 && next <= HOUR));
    trial.insert(&["ship"]).await?;
    let claim = trial.reclaimed().await?;
    trial.end(claim, retry(MINUTE)).await?;
    trial.set_back(MINUTE * 58);
    assert_eq!(trial.reclaimed().await?.number, claim.number);
    trial.set_ahead(Duration::ZERO);
    assert_ne!(trial.reclaimed().await?.number, claim.number);
    Ok(())
}

pub async fn a_renewal_after_the_clock_was_set_back_holds_the_lease<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let claim = trial.claimed().await?;
    trial.set_back(HOUR);
    assert_eq!(trial.outbox.renew(&[claim], LEASE).await?, []);
    trial.set_back(MINUTE * 2);
    assert!(trial.claim().await?.is_empty());
    trial.set_ahead(MINUTE * 2);
    trial.reclaimed().await?;
    Ok(())
}

pub async fn a_clock_set_forward_delivers_early<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, retry(HOUR)).await?;
    trial.set_ahead(HOUR + MINUTE);
    let claim = trial.reclaimed().await?;
    trial.set_ahead(HOUR * 24);
    let other = trial.reclaimed().await?;
    let lost = trial.outbox.finish(&[(claim, Ending::Done)]).await?;
    assert_eq!(lost, [claim]);
    trial.end(other, Ending::Done).await
}

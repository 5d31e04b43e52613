//! Cases about leases.

use crate::durable::outbox::{Claim, Ending};
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{LEASE, MINUTE, Outcome, Trial};

pub async fn a_claimed_delivery_is_not_claimed_again<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.claimed().await?;
    assert!(trial.claim().await?.is_empty());
    trial.set_ahead(MINUTE * 59);
    assert!(trial.claim().await?.is_empty(), "the lease has not expired");
    Ok(())
}

pub async fn an_expired_lease_is_claimed_again<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let first = trial.claimed().await?;
    trial.set_ahead(LEASE + MINUTE);
    let second = trial.reclaimed().await?;
    assert_eq!(second.number, first.number);
    assert_ne!(second.token, first.token);
    Ok(())
}

pub async fn a_renewal_restarts_the_lease<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.set_ahead(MINUTE * 59);
    assert_eq!(trial.outbox.renew(&[claim], LEASE).await?, []);
    trial.set_ahead(MINUTE * 118);
    assert!(trial.claim().await?.is_empty());
    trial.set_ahead(LEASE * 2);
    assert_ne!(trial.reclaimed().await?, claim);
    Ok(())
}

pub async fn an_expired_lease_is_renewed_until_another_claim<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let claim = trial.claimed().await?;
    trial.set_ahead(LEASE * 2);
    assert_eq!(trial.outbox.renew(&[claim], LEASE).await?, []);
    assert!(trial.claim().await?.is_empty());
    trial.end(claim, Ending::Done).await
}

pub async fn a_renewal_returns_lost_claims<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let lost = trial.claimed().await?;
    trial.set_ahead(LEASE + MINUTE);
    let held = trial.reclaimed().await?;
    trial.insert(&["bill", "ship"]).await?;
    let done = trial.reclaimed().await?;
    trial.end(done, Ending::Done).await?;
    let never = Claim {
        number: i64::MIN,
        token: i64::MAX,
    };
    let renewed = trial
        .outbox
        .renew(&[never, lost, held, done], LEASE)
        .await?;
    assert_eq!(renewed, [never, lost, done]);
    assert_eq!(trial.outbox.renew(&[], LEASE).await?, []);
    Ok(())
}

pub async fn a_lost_renewal_changes_nothing<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let lost = trial.claimed().await?;
    trial.set_ahead(LEASE + MINUTE);
    trial.reclaimed().await?;
    trial.set_ahead(LEASE * 2);
    assert_eq!(trial.outbox.renew(&[lost], LEASE * 2).await?, [lost]);
    trial.set_ahead(LEASE * 2 + MINUTE * 2);
    trial.reclaimed().await?;
    Ok(())
}

//! Cases about what operators change.

use std::time::Duration;

use crate::durable::admin::{Erased, OutboxAdmin};
use crate::durable::outbox::Ending;
use crate::durable::testing::TestOutbox;
use crate::durable::testing::trial::{
    LEASE, MINUTE, Outcome, Trial, dead, numbers, operation, receiver, row,
};

const DAY: Duration = Duration::from_hours(24);

pub async fn a_dead_letter_is_retried_from_its_first_attempt<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let dead = trial.dead(vec![row(&["ship"]), row(&["ship"])]).await?;
    let operation = operation("retry");
    assert_eq!(trial.outbox.retry(&dead[1..], &operation).await?, 1);
    assert_eq!(trial.outbox.retry(&dead[1..], &operation).await?, 0);
    let claimed = trial.claim().await?;
    assert_eq!(numbers(&claimed), dead[1..]);
    assert_eq!(claimed[0].attempt, 1);
    trial.end(claimed[0].claim, Ending::Done).await?;
    assert_eq!(trial.outbox.signals().await?, 1);
    Ok(())
}

pub async fn a_retry_changes_only_dead_letters<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let claim = trial.claimed().await?;
    trial.insert(&["bill"]).await?;
    let waiting = claim.number + 1;
    let numbers = [claim.number, waiting, 0, i64::MAX];
    let retried = trial.outbox.retry(&numbers, &operation("retry")).await?;
    assert_eq!(retried, 0);
    assert!(trial.claim().await?.is_empty());
    trial.end(claim, Ending::Done).await?;
    assert_eq!(trial.claim_of(vec![receiver("bill")]).await?[0].attempt, 1);
    Ok(())
}

/// Without waiting for its next poll.
pub async fn a_retry_wakes_the_workers<O: TestOutbox + OutboxAdmin>(trial: Trial<O>) -> Outcome {
    let dead = trial.dead(vec![row(&["ship"])]).await?;
    let seen = trial.settled().await;
    let changed = trial.changed(seen);
    trial.outbox.retry(&dead, &operation("retry")).await?;
    let changed = tokio::time::timeout(Duration::from_secs(10), changed).await;
    assert!(changed.is_ok_and(|it| it.is_ok_and(|it| it != seen)));
    Ok(())
}

pub async fn operators_discard_what_does_not_run<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let dead = trial.dead(vec![row(&["ship"])]).await?;
    trial.insert(&["ship", "bill"]).await?;
    let running = trial.reclaimed().await?;
    let all = [dead[0], running.number, running.number + 1, i64::MAX];
    let discarded = trial.outbox.discard(&all, &operation("discard")).await?;
    assert_eq!(discarded, 2, "the dead letter, and the one that waits");
    assert_eq!(trial.outbox.signals().await?, 1);
    assert_eq!(trial.outbox.renew(&[running], LEASE).await?, []);
    trial.set_ahead(LEASE * 2);
    let expired = trial.outbox.discard(&all, &operation("discard")).await?;
    assert_eq!(expired, 1);
    assert_eq!(trial.outbox.signals().await?, 0);
    let lost = trial.outbox.finish(&[(running, Ending::Done)]).await?;
    assert_eq!(lost, [running]);
    Ok(())
}

pub async fn a_discarded_signal_is_kept_if_it_is_to_be<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let kept = row(&["ship"]).__with_keep(DAY);
    let dead = trial.dead(vec![kept, row(&["ship"])]).await?;
    trial.outbox.discard(&dead, &operation("discard")).await?;
    assert_eq!(trial.outbox.signals().await?, 1);
    trial.set_ahead(DAY + MINUTE);
    assert_eq!(trial.outbox.maintain(DAY).await?.signals, 1);
    Ok(())
}

pub async fn the_signals_of_a_subject_are_erased<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let of = |subject| row(&["ship"]).__with_subject(subject).__with_keep(DAY);
    trial
        .outbox
        .insert(vec![of("account 7"), of("account 8")])
        .await?;
    for claimed in trial.claim().await? {
        trial.end(claimed.claim, Ending::Done).await?;
    }
    trial.dead(vec![of("account 7")]).await?;
    trial.outbox.insert(vec![of("account 7")]).await?;
    let running = trial.reclaimed().await?;
    trial
        .outbox
        .insert(vec![of("account 7"), row(&["ship"])])
        .await?;
    let erased = trial.outbox.erase("account 7", &operation("erase")).await?;
    let expected = Erased {
        signals: 3,
        deliveries: 2,
    };
    assert_eq!(erased, expected, "a kept signal has no delivery");
    let left = trial.outbox.signals_of("account 7").await?;
    assert_eq!(left.len(), 1, "the one that runs");
    assert_eq!(trial.outbox.signals().await?, 3);
    trial.end(running, Ending::Done).await?;
    assert!(trial.outbox.signals_of("account 7").await?.is_empty());
    let operations = trial.outbox.operations(1).await?;
    assert_eq!(operations[0].deliveries, 2);
    Ok(())
}

pub async fn an_erased_signal_that_fails_can_be_erased_again<O: TestOutbox + OutboxAdmin>(
    trial: Trial<O>,
) -> Outcome {
    let of_account = row(&["ship"]).__with_subject("account 7");
    trial.outbox.insert(vec![of_account]).await?;
    let running = trial.reclaimed().await?;
    let erased = trial.outbox.erase("account 7", &operation("erase")).await?;
    assert_eq!(erased, Erased::default());
    trial.end(running, dead("refused")).await?;
    let erased = trial.outbox.erase("account 7", &operation("erase")).await?;
    let expected = Erased {
        signals: 1,
        deliveries: 1,
    };
    assert_eq!(erased, expected);
    assert_eq!(trial.outbox.signals().await?, 0);
    Ok(())
}

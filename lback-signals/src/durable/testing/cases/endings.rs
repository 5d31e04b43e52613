//! Cases about the ends of attempts.

use std::time::Duration;

use crate::durable::outbox::{Claim, Ending};
use crate::durable::testing::trial::{
    LEASE, MINUTE, Outcome, Trial, dead, numbers, receiver, released, retry,
};
use crate::durable::testing::{DeadDelivery, TestOutbox};

pub async fn a_done_delivery_is_deleted<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.insert(&["bill"]).await?;
    trial.end(claim, Ending::Done).await?;
    trial.set_ahead(LEASE * 2);
    assert!(trial.claim().await?.is_empty());
    let counts = trial.outbox.counts().await?;
    let receivers: Vec<_> = counts.iter().map(|it| &*it.receiver).collect();
    assert_eq!(receivers, ["bill"]);
    Ok(())
}

pub async fn a_signal_is_deleted_with_its_last_delivery<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert(&["ship", "bill", "post"]).await?;
    let receivers = ["ship", "bill", "post"].map(receiver).to_vec();
    let claimed = trial.claim_of(receivers.clone()).await?;
    trial.end(claimed[1].claim, Ending::Done).await?;
    assert_eq!(trial.outbox.signals().await?, 1);
    trial.end(claimed[2].claim, dead("refused")).await?;
    assert_eq!(trial.outbox.signals().await?, 1);
    trial.end(claimed[0].claim, Ending::Done).await?;
    assert_eq!(trial.outbox.signals().await?, 1, "for the dead letter");

    trial.insert(&["ship", "bill"]).await?;
    let claimed = trial.claim_of(receivers).await?;
    let endings: Vec<_> = claimed.iter().map(|it| (it.claim, Ending::Done)).collect();
    assert_eq!(trial.outbox.finish(&endings).await?, []);
    assert_eq!(trial.outbox.signals().await?, 1);
    Ok(())
}

pub async fn a_retry_waits_for_its_delay<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, retry(MINUTE * 10)).await?;
    trial.set_ahead(MINUTE * 9);
    assert!(trial.claim().await?.is_empty());
    trial.set_ahead(MINUTE * 11);
    let claimed = trial.claim().await?;
    let attempts: Vec<_> = claimed.iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, [2]);
    Ok(())
}

pub async fn a_retry_without_delay_is_due_at_once<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, retry(Duration::ZERO)).await?;
    assert_eq!(trial.claim().await?[0].attempt, 2);
    Ok(())
}

pub async fn a_retry_may_wait_for_ever<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, retry(Duration::MAX)).await?;
    trial.set_ahead(Duration::from_hours(24 * 365 * 100));
    assert!(trial.claim().await?.is_empty());
    let counts = trial.outbox.counts().await?;
    assert_eq!(counts.iter().map(|it| it.waiting).sum::<u64>(), 1);
    Ok(())
}

pub async fn a_dead_letter_is_not_claimed<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, dead("refused")).await?;
    trial.set_ahead(Duration::from_hours(24 * 365 * 100));
    assert!(trial.claim().await?.is_empty());
    let dead = DeadDelivery::new(claim.number, "ship".to_owned(), 1, "refused".to_owned());
    assert_eq!(trial.outbox.dead_letters().await?, [dead]);
    Ok(())
}

pub async fn a_dead_letter_that_was_not_run_gives_its_attempt_back<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, retry(Duration::ZERO)).await?;
    let claim = trial.reclaimed().await?;
    let ending = Ending::Dead {
        error: "unreadable".to_owned(),
        was_run: false,
        blocks_key: false,
    };
    trial.end(claim, ending).await?;
    let dead = trial.outbox.dead_letters().await?;
    assert_eq!((dead[0].attempt, &*dead[0].error), (1, "unreadable"));
    Ok(())
}

pub async fn a_released_delivery_is_due_at_once_and_gives_its_attempt_back<O: TestOutbox>(
    trial: Trial<O>,
) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, released(Duration::ZERO)).await?;
    let claimed = trial.claim().await?;
    assert_eq!(numbers(&claimed), [claim.number]);
    assert_eq!(claimed[0].attempt, 1);
    Ok(())
}

pub async fn a_delivery_may_be_given_back_for_a_time<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let claim = trial.claimed().await?;
    trial.end(claim, released(MINUTE)).await?;
    assert!(trial.claim().await?.is_empty());
    trial.set_ahead(MINUTE);
    let claimed = trial.claim().await?;
    assert_eq!(numbers(&claimed), [claim.number]);
    assert_eq!(claimed[0].attempt, 1);
    Ok(())
}

pub async fn errors_are_kept_up_to_four_kibibytes<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let errors = [
        ("", String::new()),
        (
            "a 'quoted' \"error\" \\ \u{1F980}\n",
            "a 'quoted' \"error\" \\ \u{1F980}\n".to_owned(),
        ),
        (&"x".repeat(4096), "x".repeat(4096)),
        (&"x".repeat(5000), "x".repeat(4096)),
        // Three bytes each.
        (&"\u{6F22}".repeat(2000), "\u{6F22}".repeat(1365)),
    ];
    for (error, _) in &errors {
        let claim = trial.claimed().await?;
        trial.end(claim, dead(error)).await?;
    }
    let letters = trial.outbox.dead_letters().await?;
    let kept: Vec<_> = letters.iter().map(|it| &*it.error).collect();
    assert_eq!(kept, errors.map(|(_, kept)| kept));
    // Some databases cannot store U+0000, and need not.
    let claim = trial.claimed().await?;
    trial.end(claim, dead("a\0b")).await?;
    let letters = trial.outbox.dead_letters().await?;
    let kept = letters.last().map(|it| it.error.len());
    assert_eq!(kept, Some(3));
    Ok(())
}

pub async fn a_claim_ends_once<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    for ending in endings() {
        let claim = trial.claimed().await?;
        trial.end(claim, ending.clone()).await?;
        for again in endings() {
            let lost = trial.outbox.finish(&[(claim, again)]).await?;
            assert_eq!(lost, [claim], "after {ending:?}");
        }
        assert_eq!(trial.outbox.renew(&[claim], LEASE).await?, [claim]);
        let waiting = trial.claim().await?;
        for claimed in waiting {
            trial.end(claimed.claim, Ending::Done).await?;
        }
    }
    Ok(())
}

pub async fn a_lost_claim_ends_nothing<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    let lost = trial.claimed().await?;
    trial.set_ahead(LEASE + MINUTE);
    let held = trial.reclaimed().await?;
    let before = trial.outbox.counts().await?;
    let guessed = Claim { token: 0, ..held };
    for ending in endings() {
        let attempts = [(lost, ending.clone()), (guessed, ending)];
        let refused = trial.outbox.finish(&attempts).await?;
        assert_eq!(refused, [lost, guessed]);
        assert_eq!(trial.outbox.counts().await?, before);
        assert!(trial.claim().await?.is_empty());
    }
    trial.end(held, Ending::Done).await?;
    assert_eq!(trial.outbox.signals().await?, 0);
    Ok(())
}

pub async fn one_call_ends_attempts_in_different_ways<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.insert_many(6).await?;
    let claimed = trial.claim().await?;
    let claims: Vec<_> = claimed.iter().map(|it| it.claim).collect();
    let lost = Claim {
        token: claims[5].token.wrapping_add(1),
        ..claims[5]
    };
    let attempts = [
        (claims[0], retry(Duration::ZERO)),
        (claims[1], Ending::Done),
        (lost, Ending::Done),
        (claims[2], dead("refused")),
        (claims[3], released(Duration::ZERO)),
        (claims[4], retry(MINUTE)),
    ];
    assert_eq!(trial.outbox.finish(&attempts).await?, [lost]);
    let again = trial.claim().await?;
    assert_eq!(numbers(&again), [claims[0].number, claims[3].number]);
    let attempts: Vec<_> = again.iter().map(|it| it.attempt).collect();
    assert_eq!(attempts, [2, 1]);
    assert_eq!(trial.outbox.signals().await?, 5);
    let dead = trial.outbox.dead_letters().await?;
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].number, claims[2].number);
    trial.end(claims[5], Ending::Done).await
}

pub async fn ending_nothing_does_nothing<O: TestOutbox>(trial: Trial<O>) -> Outcome {
    trial.claimed().await?;
    assert_eq!(trial.outbox.finish(&[]).await?, []);
    assert!(trial.claim().await?.is_empty());
    Ok(())
}

fn endings() -> [Ending; 4] {
    [
        Ending::Done,
        retry(Duration::ZERO),
        dead("refused"),
        released(Duration::ZERO),
    ]
}

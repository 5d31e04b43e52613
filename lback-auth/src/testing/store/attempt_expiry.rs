//! Cases about forgetting, clearing and returning attempts.

use super::attempts::{HOUR, about, by, key, none_free};
use super::trial::{MICROSECOND, NOW, Outcome, Trial};
use crate::store::AccountStore;

pub async fn attempts_are_forgotten_after_the_time_of_the_limit<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let limit = none_free().with_forgotten_after(HOUR * 20);
    let attempt = about(1, limit);
    let mut now = NOW;
    for count in 1..=3 {
        trial.granted(attempt, now, "the delay is over").await?;
        let until = now + limit.delay_after(count);
        let why = "no attempt is forgotten";
        trial.refused(attempt, now, until, why).await?;
        now = until;
    }
    // Later attempts do not prolong the count, except until the end of the delay that they started.
    let last = NOW + HOUR * 20 - MICROSECOND;
    trial.granted(attempt, last, "the delay is over").await?;
    let until = last + limit.delay_after(4);
    for now in [last, NOW + HOUR * 20, until - MICROSECOND] {
        trial
            .refused(attempt, now, until, "the delay is not over")
            .await?;
    }
    trial.granted(attempt, until, "the delay is over").await?;
    let why = "the first attempt, since all earlier ones are forgotten";
    trial.refused(attempt, until, until + HOUR, why).await
}

pub async fn each_key_is_forgotten_separately<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let (short, long) = (none_free().with_forgotten_after(HOUR * 9), none_free());
    let attempt = by(2, long, about(1, short));
    trial.granted(attempt, NOW, "the first attempt").await?;
    let now = NOW + HOUR * 10;
    trial.granted(attempt, now, "the delay is over").await?;
    let why = "the subject's attempt is forgotten";
    trial.refused(about(1, short), now, now + HOUR, why).await?;
    let attempt = by(2, long, about(3, short));
    trial
        .refused(
            attempt,
            now,
            now + HOUR * 2,
            "the client's attempt is not forgotten",
        )
        .await
}

pub async fn clear_attempts_resets_only_the_given_keys<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let limit = none_free();
    let mut now = NOW;
    for _ in 0..2 {
        for subject in 1..=3 {
            trial
                .granted(about(subject, limit), now, "the delay is over")
                .await?;
        }
        now += HOUR;
    }
    let (now, until) = (NOW + HOUR, NOW + HOUR * 3);
    let keys = [key(1), key(3), key(99)];
    for keys in [&keys[..], &[]] {
        trial
            .write(async |tx| trial.store.clear_attempts(tx, keys).await)
            .await?;
    }
    trial
        .refused(about(2, limit), now, until, "the key was not cleared")
        .await?;
    for subject in [1, 3] {
        trial
            .granted(about(subject, limit), now, "the key was cleared")
            .await?;
        let why = "the first attempt since the key was cleared";
        trial
            .refused(about(subject, limit), now, now + HOUR, why)
            .await?;
    }
    Ok(())
}

pub async fn return_attempts_decrements_the_count<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = none_free();
    let mut now = NOW;
    for count in 1..=3 {
        trial
            .granted(about(1, limit), now, "the delay is over")
            .await?;
        trial
            .granted(about(2, limit), now, "the delay is over")
            .await?;
        now += limit.delay_after(count);
    }
    let keys = [key(1), key(99)];
    for keys in [&keys[..], &[]] {
        trial
            .write(async |tx| trial.store.return_attempts(tx, keys).await)
            .await?;
    }
    let last = now - HOUR * 4;
    let why = "`return_attempts` does not shorten the current delay";
    trial.refused(about(1, limit), last, now, why).await?;
    trial
        .granted(about(1, limit), now, "the delay is over")
        .await?;
    let why = "the third attempt, since one was returned";
    trial
        .refused(about(1, limit), now, now + HOUR * 4, why)
        .await?;
    trial
        .granted(about(2, limit), now, "the delay is over")
        .await?;
    let why = "the fourth attempt, since none of this key was returned";
    trial
        .refused(about(2, limit), now, now + HOUR * 8, why)
        .await?;
    let why = "the first attempt of a key that had none to return";
    trial.granted(about(99, limit), now, why).await?;
    trial.refused(about(99, limit), now, now + HOUR, why).await
}

pub async fn return_attempts_stops_at_zero<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = none_free();
    trial
        .granted(about(1, limit), NOW, "the first attempt")
        .await?;
    for _ in 0..3 {
        let keys = [key(1)];
        trial
            .write(async |tx| trial.store.return_attempts(tx, &keys).await)
            .await?;
    }
    let now = NOW + HOUR;
    trial
        .granted(about(1, limit), now, "the delay is over")
        .await?;
    let why = "the first attempt, since the only earlier one was returned";
    trial.refused(about(1, limit), now, now + HOUR, why).await
}

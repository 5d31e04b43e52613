//! Attempts are forgotten, cleared and returned.

use super::attempts::{HOUR, about, by, key, none_free};
use super::trial::{MICROSECOND, NOW, Outcome, Trial};
use crate::store::AccountStore;

pub async fn attempts_are_forgotten_after_a_while<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = none_free().with_forgotten_after(HOUR * 20);
    let attempt = about(1, limit);
    let mut now = NOW;
    for count in 1..=3 {
        trial.granted(attempt, now, "it has waited").await?;
        let until = now + limit.delay_after(count);
        let why = "none is forgotten";
        trial.refused(attempt, now, until, why).await?;
        now = until;
    }
    // Those after the first do not keep it from being forgotten, but for the delay that they began.
    let last = NOW + HOUR * 20 - MICROSECOND;
    trial.granted(attempt, last, "it has waited").await?;
    let until = last + limit.delay_after(4);
    for now in [last, NOW + HOUR * 20, until - MICROSECOND] {
        trial
            .refused(attempt, now, until, "the delay is not over")
            .await?;
    }
    trial.granted(attempt, until, "it has waited").await?;
    let why = "the first, as all before it are forgotten";
    trial.refused(attempt, until, until + HOUR, why).await
}

pub async fn keys_are_forgotten_apart<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let (short, long) = (none_free().with_forgotten_after(HOUR * 9), none_free());
    let attempt = by(2, long, about(1, short));
    trial.granted(attempt, NOW, "the first").await?;
    let now = NOW + HOUR * 10;
    trial.granted(attempt, now, "it has waited").await?;
    let why = "the subject's was forgotten";
    trial.refused(about(1, short), now, now + HOUR, why).await?;
    let attempt = by(2, long, about(3, short));
    trial
        .refused(attempt, now, now + HOUR * 2, "the client's was not")
        .await
}

pub async fn attempts_that_are_cleared_are_forgotten<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = none_free();
    let mut now = NOW;
    for _ in 0..2 {
        for subject in 1..=3 {
            trial
                .granted(about(subject, limit), now, "it has waited")
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
        .refused(about(2, limit), now, until, "this key was not cleared")
        .await?;
    for subject in [1, 3] {
        trial
            .granted(about(subject, limit), now, "it was cleared")
            .await?;
        let why = "the first since it was cleared";
        trial
            .refused(about(subject, limit), now, now + HOUR, why)
            .await?;
    }
    Ok(())
}

pub async fn an_attempt_that_is_returned_is_taken_off<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = none_free();
    let mut now = NOW;
    for count in 1..=3 {
        trial.granted(about(1, limit), now, "it has waited").await?;
        trial.granted(about(2, limit), now, "it has waited").await?;
        now += limit.delay_after(count);
    }
    let keys = [key(1), key(99)];
    for keys in [&keys[..], &[]] {
        trial
            .write(async |tx| trial.store.return_attempts(tx, keys).await)
            .await?;
    }
    let last = now - HOUR * 4;
    let why = "when the next may be made has not changed";
    trial.refused(about(1, limit), last, now, why).await?;
    trial.granted(about(1, limit), now, "it has waited").await?;
    let why = "the third, as one was returned";
    trial
        .refused(about(1, limit), now, now + HOUR * 4, why)
        .await?;
    trial.granted(about(2, limit), now, "it has waited").await?;
    let why = "the fourth, as none of this key was returned";
    trial
        .refused(about(2, limit), now, now + HOUR * 8, why)
        .await?;
    let why = "the first of a key that had none to return";
    trial.granted(about(99, limit), now, why).await?;
    trial.refused(about(99, limit), now, now + HOUR, why).await
}

pub async fn there_are_never_less_than_no_attempts<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = none_free();
    trial.granted(about(1, limit), NOW, "the first").await?;
    for _ in 0..3 {
        let keys = [key(1)];
        trial
            .write(async |tx| trial.store.return_attempts(tx, &keys).await)
            .await?;
    }
    let now = NOW + HOUR;
    trial.granted(about(1, limit), now, "it has waited").await?;
    let why = "the first, as one was returned, and there were no more";
    trial.refused(about(1, limit), now, now + HOUR, why).await
}

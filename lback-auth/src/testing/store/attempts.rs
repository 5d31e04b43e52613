//! Attempts are counted, and have to wait.

use std::time::Duration;

use time::OffsetDateTime;

use super::trial::{MICROSECOND, NOW, Outcome, Trial};
use crate::store::{AccountStore, Attempt, AttemptKey, AttemptLimit, AttemptTime, Reservation};

pub(super) const HOUR: Duration = Duration::from_hours(1);

/// One is free, and then it takes an hour, two, four, up to ten.
pub(super) fn limit() -> AttemptLimit {
    AttemptLimit::new(1)
        .with_delay(HOUR)
        .with_max_delay(HOUR * 10)
        .with_forgotten_after(HOUR * 48)
}

/// No attempt is free: each has to wait for the one before it.
pub(super) fn none_free() -> AttemptLimit {
    AttemptLimit { free: 0, ..limit() }
}

pub(super) fn key(number: u8) -> AttemptKey {
    AttemptKey([number; 32])
}

pub(super) fn about(subject: u8, limit: AttemptLimit) -> Attempt {
    Attempt {
        subject: (key(subject), limit),
        client: None,
    }
}

pub(super) fn by(client: u8, client_limit: AttemptLimit, attempt: Attempt) -> Attempt {
    Attempt {
        client: Some((key(client), client_limit)),
        ..attempt
    }
}

impl<S: AccountStore> Trial<S> {
    async fn reserve(&self, attempt: &Attempt, now: OffsetDateTime) -> Outcome<Reservation> {
        self.store
            .reserve_attempt(attempt, AttemptTime::At(now))
            .await
    }

    pub(super) async fn granted(
        &self,
        attempt: Attempt,
        now: OffsetDateTime,
        why: &str,
    ) -> Outcome {
        let reserved = self.reserve(&attempt, now).await?;
        assert_eq!(reserved, Reservation::Granted, "{why}");
        Ok(())
    }

    pub(super) async fn refused(
        &self,
        attempt: Attempt,
        now: OffsetDateTime,
        until: OffsetDateTime,
        why: &str,
    ) -> Outcome {
        let reserved = self.reserve(&attempt, now).await?;
        assert_eq!(reserved, Reservation::refused(until, now), "{why}");
        Ok(())
    }
}

pub async fn attempts_wait_as_long_as_their_limit_says<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let odd = Duration::from_micros(1_234_567);
    let limits = [
        limit(),
        none_free(),
        AttemptLimit::new(3),
        AttemptLimit::new(2)
            .with_delay(odd)
            .with_max_delay(odd * 100),
        AttemptLimit::new(0).with_delay(Duration::ZERO),
    ];
    for (subject, limit) in (0..).zip(limits) {
        // So that none is forgotten meanwhile.
        let limit = limit.with_forgotten_after(HOUR * 1000);
        let attempt = about(subject, limit);
        let mut now = NOW;
        for count in 1..=14 {
            trial
                .granted(attempt, now, "it has waited for long enough")
                .await?;
            let until = now + limit.delay_after(count);
            if until > now {
                for early in [now, until - MICROSECOND] {
                    let why = format!("attempt {count} has been, and {limit:?}");
                    trial.refused(attempt, early, until, &why).await?;
                }
            }
            now = until;
        }
    }
    Ok(())
}

pub async fn a_free_attempt_leaves_no_wait<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = AttemptLimit { free: 6, ..limit() };
    // The clocks of those who share an address differ, and so does the order of reading one clock and
    // of counting.
    let seconds = [0, 5, -5, 3600, -3600, 0];
    for (number, seconds) in (0..).zip(seconds) {
        let now = NOW + time::Duration::seconds(seconds);
        let why = format!("attempt {number} of 6 is free, {seconds} s from the first");
        let attempt = by(9, limit, about(number, limit));
        trial.granted(attempt, now, &why).await?;
        trial.granted(about(10, limit), now, &why).await?;
    }
    // The seventh is the last that need not wait, and leaves a wait for all clocks.
    trial.granted(about(10, limit), NOW, "the seventh").await?;
    for early in [HOUR, HOUR * 2] {
        let why = "the wait after the seventh";
        let now = NOW - early;
        trial
            .refused(about(10, limit), now, NOW + HOUR, why)
            .await?;
    }
    Ok(())
}

pub async fn a_refused_attempt_does_not_count<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let attempt = about(1, none_free());
    trial.granted(attempt, NOW, "the first").await?;
    for _ in 0..5 {
        trial
            .refused(attempt, NOW, NOW + HOUR, "after one attempt")
            .await?;
    }
    let now = NOW + HOUR;
    trial.granted(attempt, now, "it has waited").await?;
    trial
        .refused(attempt, now, now + HOUR * 2, "after two attempts")
        .await
}

pub async fn a_refused_attempt_counts_for_neither_key<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = none_free();
    trial.granted(about(1, limit), NOW, "the first").await?;
    let attempt = by(2, limit, about(1, limit));
    trial
        .refused(attempt, NOW, NOW + HOUR, "the subject has to wait")
        .await?;
    let why = "an attempt that its subject has refused has not counted for the client";
    trial
        .granted(by(2, limit, about(3, limit)), NOW, why)
        .await?;

    let attempt = by(2, limit, about(4, limit));
    trial
        .refused(attempt, NOW, NOW + HOUR, "the client has to wait")
        .await?;
    let why = "an attempt that its client has refused has not counted for the subject";
    trial.granted(about(4, limit), NOW, why).await
}

pub async fn keys_are_counted_apart<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let (limit, generous) = (none_free(), AttemptLimit::new(3));
    for subject in 1..=3 {
        let attempt = by(9, generous, about(subject, limit));
        trial.granted(attempt, NOW, "another subject").await?;
        trial
            .refused(about(subject, limit), NOW, NOW + HOUR, "one subject")
            .await?;
    }
    // Three of the client's were granted: one more is, and then it has to wait.
    let attempt = by(9, generous, about(4, limit));
    trial
        .granted(attempt, NOW, "the client's last without delay")
        .await?;
    let attempt = by(9, generous, about(5, limit));
    let until = NOW + generous.delay_after(4);
    trial
        .refused(attempt, NOW, until, "of all subjects, the client's")
        .await?;
    let attempt = by(8, generous, about(5, limit));
    trial.granted(attempt, NOW, "another client").await
}

pub async fn keys_that_differ_in_one_bit_are_two<S: AccountStore>(trial: Trial<S>) -> Outcome {
    for bit in [0, 1, 7, 128, 255] {
        let mut other = key(0);
        other.0[bit / 8] ^= 1 << (bit % 8);
        let attempt = Attempt {
            subject: (other, none_free()),
            client: None,
        };
        trial.granted(attempt, NOW, "another key").await?;
    }
    trial
        .granted(about(0, none_free()), NOW, "another key")
        .await
}

pub async fn who_waits_for_two_keys_waits_for_the_later<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let short = none_free();
    let long = short.with_delay(HOUR * 5);
    let until = NOW + HOUR * 5;
    let attempt = by(2, long, about(1, short));
    trial.granted(attempt, NOW, "the first").await?;
    trial
        .refused(attempt, NOW, until, "each key by its own limit")
        .await?;
    trial
        .refused(about(1, short), NOW, NOW + HOUR, "the subject's")
        .await?;
    trial
        .refused(attempt, NOW + HOUR, until, "the client's only")
        .await?;

    let attempt = by(4, short, about(3, long));
    trial.granted(attempt, NOW, "the first").await?;
    trial
        .refused(attempt, NOW, until, "each key by its own limit")
        .await
}

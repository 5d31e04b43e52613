//! Cases about counting attempts and delaying them.

use std::time::Duration;

use time::OffsetDateTime;

use super::trial::{MICROSECOND, NOW, Outcome, Trial};
use crate::auth_user::AuthUser;
use crate::normal_form::NormalForm;
use crate::store::{
    AccountStore, Attempt, AttemptKey, AttemptLimit, AttemptTime, Reservation, StoreError,
};

pub(super) const HOUR: Duration = Duration::from_hours(1);

/// Returns a limit of one free attempt. The delays after it are 1, 2, 4, … hours, at most 10.
pub(super) fn limit() -> AttemptLimit {
    AttemptLimit::new(1)
        .with_delay(HOUR)
        .with_max_delay(HOUR * 10)
        .with_forgotten_after(HOUR * 48)
}

/// Returns the same limit without a free attempt: each attempt delays the next one.
pub(super) fn none_free() -> AttemptLimit {
    AttemptLimit { free: 0, ..limit() }
}

pub(super) fn key(number: u8) -> AttemptKey {
    AttemptKey([number; 32])
}

/// Returns an attempt of this subject, without a client.
pub(super) fn about(subject: u8, limit: AttemptLimit) -> Attempt {
    Attempt {
        subject: (key(subject), limit),
        client: None,
    }
}

/// Returns the attempt with this client.
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

    /// Asserts that the attempt is granted.
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

    /// Asserts that the attempt is refused until this instant.
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

pub async fn delays_follow_the_attempt_limit<S: AccountStore>(trial: Trial<S>) -> Outcome {
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
        // Keeps all attempts counted for the whole case.
        let limit = limit.with_forgotten_after(HOUR * 1000);
        let attempt = about(subject, limit);
        let mut now = NOW;
        for count in 1..=14 {
            trial.granted(attempt, now, "the delay is over").await?;
            let until = now + limit.delay_after(count);
            if until > now {
                for early in [now, until - MICROSECOND] {
                    let why = format!("after {count} attempts with {limit:?}");
                    trial.refused(attempt, early, until, &why).await?;
                }
            }
            now = until;
        }
    }
    Ok(())
}

pub async fn free_attempts_cause_no_delay<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let limit = AttemptLimit { free: 6, ..limit() };
    // The clocks of several processes differ, and a process may count attempts in another order than it
    // read its clock.
    let seconds = [0, -5, 5, 3600, -3600, 0];
    for (number, seconds) in (0..).zip(seconds) {
        let now = NOW + time::Duration::seconds(seconds);
        let why = format!("attempt {number} of 6 is free, {seconds} s from the first");
        let attempt = by(9, limit, about(number, limit));
        trial.granted(attempt, now, &why).await?;
        trial.granted(about(10, limit), now, &why).await?;
    }
    // The seventh is the last attempt without a delay. It delays the next one by every clock.
    trial
        .granted(about(10, limit), NOW, "the seventh attempt")
        .await?;
    for early in [HOUR, HOUR * 2] {
        let why = "the delay after the seventh attempt";
        let now = NOW - early;
        trial
            .refused(about(10, limit), now, NOW + HOUR, why)
            .await?;
    }
    Ok(())
}

pub async fn a_refused_attempt_is_not_counted<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let attempt = about(1, none_free());
    trial.granted(attempt, NOW, "the first attempt").await?;
    for _ in 0..5 {
        trial
            .refused(attempt, NOW, NOW + HOUR, "after one attempt")
            .await?;
    }
    let now = NOW + HOUR;
    trial.granted(attempt, now, "the delay is over").await?;
    trial
        .refused(attempt, now, now + HOUR * 2, "after two attempts")
        .await
}

pub async fn a_refused_attempt_is_counted_for_neither_key<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let limit = none_free();
    trial
        .granted(about(1, limit), NOW, "the first attempt")
        .await?;
    let attempt = by(2, limit, about(1, limit));
    trial
        .refused(attempt, NOW, NOW + HOUR, "the subject has a delay")
        .await?;
    let why = "an attempt refused because of its subject is not counted for the client";
    trial
        .granted(by(2, limit, about(3, limit)), NOW, why)
        .await?;

    let attempt = by(2, limit, about(4, limit));
    trial
        .refused(attempt, NOW, NOW + HOUR, "the client has a delay")
        .await?;
    let why = "an attempt refused because of its client is not counted for the subject";
    trial.granted(about(4, limit), NOW, why).await
}

pub async fn each_key_has_a_separate_count<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let (limit, generous) = (none_free(), AttemptLimit::new(3));
    for subject in 1..=3 {
        let attempt = by(9, generous, about(subject, limit));
        trial
            .granted(attempt, NOW, "each subject has a separate count")
            .await?;
        trial
            .refused(
                about(subject, limit),
                NOW,
                NOW + HOUR,
                "the second attempt of a subject",
            )
            .await?;
    }
    // The client made three attempts. A fourth is granted, and delays the fifth.
    let attempt = by(9, generous, about(4, limit));
    trial
        .granted(attempt, NOW, "the client's fourth attempt")
        .await?;
    let attempt = by(9, generous, about(5, limit));
    let until = NOW + generous.delay_after(4);
    trial
        .refused(
            attempt,
            NOW,
            until,
            "the client's fifth attempt, for any subject",
        )
        .await?;
    let attempt = by(8, generous, about(5, limit));
    trial
        .granted(attempt, NOW, "each client has a separate count")
        .await
}

pub async fn keys_that_differ_in_one_bit_have_separate_counts<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    for bit in [0, 1, 7, 128, 255] {
        let mut other = key(0);
        other.0[bit / 8] ^= 1 << (bit % 8);
        let attempt = Attempt {
            subject: (other, none_free()),
            client: None,
        };
        trial
            .granted(attempt, NOW, "each key has a separate count")
            .await?;
    }
    trial
        .granted(about(0, none_free()), NOW, "each key has a separate count")
        .await
}

pub async fn the_later_end_of_two_waits_applies<S: AccountStore>(trial: Trial<S>) -> Outcome {
    let short = none_free();
    let long = short.with_delay(HOUR * 5);
    let until = NOW + HOUR * 5;
    let attempt = by(2, long, about(1, short));
    trial.granted(attempt, NOW, "the first attempt").await?;
    trial
        .refused(attempt, NOW, until, "each key uses its own limit")
        .await?;
    trial
        .refused(about(1, short), NOW, NOW + HOUR, "the delay of the subject")
        .await?;
    trial
        .refused(attempt, NOW + HOUR, until, "the delay of the client")
        .await?;

    let attempt = by(4, short, about(3, long));
    trial.granted(attempt, NOW, "the first attempt").await?;
    trial
        .refused(attempt, NOW, until, "each key uses its own limit")
        .await
}

pub async fn a_granted_attempt_finds_the_account_of_its_login<S: AccountStore>(
    trial: Trial<S>,
) -> Outcome {
    let ada = trial.stored_named("ada").await?;
    let reserve = async |subject, login: &str| {
        let (attempt, login) = (about(subject, none_free()), NormalForm::of(login));
        let now = AttemptTime::At(NOW);
        let reserved = trial.store.reserve_attempt_and_find(&attempt, now, &login);
        let (reservation, found) = reserved.await?;
        Ok::<_, StoreError>((reservation, found.and_then(|user| user.id())))
    };
    assert_eq!(reserve(1, "ADA").await?, (Reservation::Granted, Some(ada)));
    assert_eq!(reserve(2, "eve").await?, (Reservation::Granted, None));
    assert_eq!(reserve(3, "").await?, (Reservation::Granted, None));
    // Both have committed the attempt.
    for (subject, login) in [(1, "ada"), (2, "eve")] {
        let (reservation, found) = reserve(subject, login).await?;
        assert!(
            matches!(reservation, Reservation::Refused { .. }),
            "{login}"
        );
        assert_eq!(found, None, "a refused attempt finds no account");
    }
    Ok(())
}

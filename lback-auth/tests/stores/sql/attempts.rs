//! Attempts: extreme limits, shared keys, and the clock of the database.

use std::time::Duration;

use lback_auth::{AccountStore, Attempt, AttemptKey, AttemptLimit, AttemptTime, Reservation, User};
#[cfg(feature = "postgres")]
use lback_auth::{PendingToken, TokenPurpose};
use time::OffsetDateTime;

use crate::sql::commit;

in_each_database!(
    delays_are_those_of_the_limit,
    attempts_are_forgotten,
    one_key_for_both_counts_once,
    no_more_get_through_at_once_than_are_free,
);

const NOW: OffsetDateTime = OffsetDateTime::UNIX_EPOCH;
const SUBJECT: AttemptKey = AttemptKey([2; 32]);
const CLIENT: AttemptKey = AttemptKey([1; 32]);

fn attempt(limit: AttemptLimit) -> Attempt {
    Attempt {
        subject: (SUBJECT, limit),
        client: None,
    }
}

async fn reserve<S: AccountStore>(
    store: &S,
    attempt: &Attempt,
    now: OffsetDateTime,
) -> Option<OffsetDateTime> {
    match store
        .reserve_attempt(attempt, AttemptTime::At(now))
        .await
        .unwrap()
    {
        Reservation::Granted => None,
        Reservation::Refused { until, retry_after } => {
            let rounded = (until - now - retry_after).abs();
            assert!(rounded < time::Duration::MICROSECOND);
            Some(until)
        }
    }
}

async fn clear<S: AccountStore>(store: &S) {
    let mut transaction = store.begin().await.unwrap();
    let cleared = store.clear_attempts(&mut transaction, &[SUBJECT, CLIENT, SUBJECT]);
    cleared.await.unwrap();
    commit(store, transaction).await;
}

async fn delays_are_those_of_the_limit<S: AccountStore<User = User>>(store: S) {
    let limits = [
        AttemptLimit::new(0),
        AttemptLimit::new(3),
        AttemptLimit::new(0)
            .with_delay(Duration::from_nanos(1001))
            .with_max_delay(Duration::MAX),
        AttemptLimit::new(1)
            .with_delay(Duration::from_nanos(1))
            .with_max_delay(Duration::from_nanos(99_999)),
        AttemptLimit::new(0).with_delay(Duration::ZERO),
        AttemptLimit::new(0).with_delay(Duration::from_mins(30)),
        AttemptLimit::new(2)
            .with_delay(Duration::from_hours(24 * 30))
            .with_max_delay(Duration::from_hours(24 * 365 * 9)),
        AttemptLimit::new(u32::MAX),
        // The count ends with the delay, so each attempt is the first.
        AttemptLimit::new(0).with_forgotten_after(Duration::ZERO),
    ];
    for limit in limits {
        clear(&store).await;
        let mut now = NOW;
        let is_forgotten = limit.forgotten_after.is_zero();
        let limit = if is_forgotten {
            limit
        } else {
            limit.with_forgotten_after(Duration::MAX)
        };
        for attempts in 1..30 {
            if now.year() > 9000 {
                break;
            }
            assert_eq!(
                reserve(&store, &attempt(limit), now).await,
                None,
                "{limit:?} {attempts}"
            );
            let counted = if is_forgotten { 1 } else { attempts };
            let delay = limit.delay_after(counted).as_micros();
            let until = now + Duration::from_micros(u64::try_from(delay).unwrap());
            if until > now {
                let before = until - Duration::from_micros(1);
                assert_eq!(
                    reserve(&store, &attempt(limit), before).await,
                    Some(until),
                    "{limit:?}"
                );
            }
            now = until;
        }
    }
    clear(&store).await;
    let last = time::PrimitiveDateTime::MAX.assume_utc();
    let limit = AttemptLimit::new(0);
    assert_eq!(reserve(&store, &attempt(limit), last).await, None);
    assert_eq!(reserve(&store, &attempt(limit), last).await, Some(last));
}

async fn purge<S: AccountStore>(store: &S, now: OffsetDateTime) -> u64 {
    store.purge(AttemptTime::At(now)).await.unwrap()
}

async fn attempts_are_forgotten<S: AccountStore<User = User>>(store: S) {
    let limit = AttemptLimit::new(1).with_forgotten_after(Duration::from_mins(1));
    for _ in 0..3 {
        assert_eq!(reserve(&store, &attempt(limit), NOW).await, None);
        assert_eq!(reserve(&store, &attempt(limit), NOW).await, None);
        assert!(reserve(&store, &attempt(limit), NOW).await.is_some());
        assert_eq!(purge(&store, NOW + Duration::from_secs(59)).await, 0);
        let forgotten = NOW + Duration::from_mins(1);
        assert_eq!(reserve(&store, &attempt(limit), forgotten).await, None);
        assert_eq!(reserve(&store, &attempt(limit), forgotten).await, None);
        assert!(reserve(&store, &attempt(limit), forgotten).await.is_some());
        assert_eq!(purge(&store, forgotten + Duration::from_mins(1)).await, 1);
    }
}

async fn one_key_for_both_counts_once<S: AccountStore<User = User>>(store: S) {
    let limit = AttemptLimit::new(2);
    let both = Attempt {
        subject: (SUBJECT, limit),
        client: Some((SUBJECT, limit)),
    };
    assert_eq!(reserve(&store, &both, NOW).await, None);
    assert_eq!(reserve(&store, &both, NOW).await, None);
    assert_eq!(reserve(&store, &both, NOW).await, None);
    assert!(reserve(&store, &both, NOW).await.is_some());
}

async fn no_more_get_through_at_once_than_are_free<S: AccountStore<User = User>>(store: S) {
    // Rows are locked in the order of the keys, so each of the two is the first to be locked once.
    for (subject, client) in [([1; 32], [2; 32]), ([4; 32], [3; 32])] {
        let attempt = Attempt {
            subject: (AttemptKey(subject), AttemptLimit::new(4)),
            client: Some((AttemptKey(client), AttemptLimit::new(100))),
        };
        let attempts = (0..24).map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                store
                    .reserve_attempt(&attempt, AttemptTime::At(NOW))
                    .await
                    .unwrap()
            })
        });
        let mut granted = 0;
        for attempt in attempts.collect::<Vec<_>>() {
            granted += u32::from(attempt.await.unwrap() == Reservation::Granted);
        }
        // The fifth attempt is not free: it starts the first delay.
        assert_eq!(granted, 5);
    }
}

/// Another process clears the attempts between the refusal and the look at the rest of the wait.
#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn a_wait_that_is_cleared_meanwhile_ends_now() {
    const CLEAR: &str = "\
        CREATE FUNCTION clear() RETURNS trigger LANGUAGE plpgsql AS \
            $$ BEGIN DELETE FROM lback_attempt; RETURN NULL; END $$; \
        CREATE TRIGGER clear AFTER INSERT ON lback_attempt EXECUTE FUNCTION clear()";
    let (store, _schema) = crate::databases::postgres().await;
    let attempt = attempt(AttemptLimit::new(0));
    assert_eq!(reserve(&store, &attempt, NOW).await, None);
    sqlx::raw_sql(CLEAR).execute(store.pool()).await.unwrap();
    assert_eq!(reserve(&store, &attempt, NOW).await, Some(NOW));
}

/// Tries clocks of processes that are right, an hour ahead, and years behind.
#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn postgres_counts_the_present_by_its_own_clock() {
    let (store, _schema) = crate::databases::postgres().await;
    let (hour, day) = (Duration::from_hours(1), Duration::from_hours(24));
    let limit = AttemptLimit::new(0).with_delay(day).with_max_delay(day);
    let [right, ahead] = [0, 1].map(|hours| OffsetDateTime::now_utc() + hour * hours);
    let reserve = async |now| {
        let reserved = store.reserve_attempt(&attempt(limit), now).await;
        reserved.unwrap()
    };
    for first in [right, ahead, NOW] {
        clear(&store).await;
        let reserved = reserve(AttemptTime::Present(first)).await;
        assert_eq!(reserved, Reservation::Granted);
        for second in [right, ahead, ahead + day * 300, NOW] {
            match reserve(AttemptTime::Present(second)).await {
                Reservation::Refused { until, retry_after } => {
                    assert!(retry_after + hour > day && retry_after <= day);
                    assert!(until > right + day - hour && until < right + day + hour);
                }
                granted @ Reservation::Granted => panic!("{granted:?}"),
            }
        }
        // An explicit time overrides the clock of the database.
        let later = AttemptTime::At(right + day * 2);
        assert_eq!(reserve(later).await, Reservation::Granted);
    }
}

/// Expiry of attempts and of tokens depends on the clock of the database alone.
#[cfg(feature = "postgres")]
#[tokio::test]
#[ignore = "needs LBACK_POSTGRES_URL"]
async fn postgres_purges_the_present_by_its_own_clock() {
    let (store, _schema) = crate::databases::postgres().await;
    let id = crate::sql::insert(&store, &User::new("ada", "ada@example.org").unwrap()).await;
    let (right, day) = (OffsetDateTime::now_utc(), Duration::from_hours(24));
    let token = PendingToken::new([1; 32], "ada@example.org", right, right + day);
    let mut transaction = store.begin().await.unwrap();
    let purpose = TokenPurpose::PasswordReset;
    let put = store.put_token(&mut transaction, &id, purpose, &token);
    assert!(put.await.unwrap());
    commit(&store, transaction).await;
    let attempt = attempt(AttemptLimit::new(0).with_delay(day).with_max_delay(day));
    let reserved = store.reserve_attempt(&attempt, AttemptTime::Present(right));
    assert_eq!(reserved.await.unwrap(), Reservation::Granted);

    for clock in [right, right + day * 2, right + day * 300, NOW] {
        let purged = store.purge(AttemptTime::Present(clock)).await.unwrap();
        assert_eq!(purged, 0, "by the clock {clock}");
    }
    // An explicit time overrides the clock of the database.
    assert_eq!(purge(&store, right + day * 2).await, 2);
}

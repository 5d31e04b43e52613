//! Attempts, and their waits.

use super::quantity::{instant_or_last, micros, span};
use super::statements::{CLEAR_ATTEMPTS, RETURN_ATTEMPT};
use super::value::values;
use super::{Dialect, row};
use crate::store::{Attempt, AttemptKey, AttemptLimit, AttemptTime, Reservation, StoreError};

/// The waits that a limit has: none, and one per doubling of its delay.
const WAITS: usize = AttemptLimit::MAX_DOUBLINGS as usize + 2;

pub(super) async fn reserve<D: Dialect>(
    connection: &mut D::Connection,
    attempt: &Attempt,
    now: AttemptTime,
) -> Result<Reservation, StoreError> {
    let (subject, limit) = attempt.subject;
    let client = attempt.client.filter(|(key, _)| *key != subject);
    let now = D::caller_time(now).map(micros);
    let subject_bytes = &subject.0[..];
    let client_bytes = client.as_ref().map(|(key, _)| &key.0[..]);
    let of_subject = Limit::of(limit);
    let of_client = Limit::of(client.map_or(limit, |(_, limit)| limit));

    let values = values![
        now,
        subject_bytes,
        of_subject.free,
        &of_subject.waits[..],
        of_subject.first_wait,
        of_subject.first_end,
        of_subject.forgotten_after,
        client_bytes,
        of_client.free,
        &of_client.waits[..],
        of_client.first_wait,
        of_client.first_end,
        of_client.forgotten_after,
    ];
    let counted = D::fetch_all(connection, D::RESERVE_ATTEMPT, values).await?;
    if counted.len() == 1 + usize::from(client.is_some()) {
        return Ok(Reservation::Granted);
    }

    let values = values![subject_bytes, client_bytes, now];
    let until = D::fetch_one(connection, D::DELAY_END, values).await?;
    let now = row::integer::<D>(&until, "now")?;
    // The attempts may have been cleared since.
    let until = D::read_integer(&until, "until")?.unwrap_or(now);
    let [until, now] = [until.max(now), now].map(instant_or_last);
    Ok(Reservation::refused(until, now))
}

/// A limit as a row of the statement's `limits`, in microseconds.
struct Limit {
    free: i64,
    /// The wait after the free attempts, and after each further one until it stays the same.
    waits: [i64; WAITS],
    first_wait: i64,
    first_end: i64,
    forgotten_after: i64,
}

impl Limit {
    fn of(limit: AttemptLimit) -> Self {
        let wait = |attempts| span(limit.delay_after(attempts));
        let mut beyond = 0..;
        let waits = [(); WAITS].map(|()| {
            let beyond = beyond.next().unwrap_or(u32::MAX);
            wait(limit.free.saturating_add(beyond))
        });
        let (first_wait, forgotten_after) = (wait(1), span(limit.forgotten_after));
        Self {
            free: i64::from(limit.free),
            waits,
            first_wait,
            first_end: first_wait.max(forgotten_after),
            forgotten_after,
        }
    }
}

pub(super) async fn clear<D: Dialect>(
    connection: &mut D::Connection,
    keys: &[AttemptKey],
) -> Result<(), StoreError> {
    for_each::<D>(connection, CLEAR_ATTEMPTS, keys).await
}

pub(super) async fn return_attempts<D: Dialect>(
    connection: &mut D::Connection,
    keys: &[AttemptKey],
) -> Result<(), StoreError> {
    for_each::<D>(connection, RETURN_ATTEMPT, keys).await
}

/// Runs a statement for one key after the other, in the order in which attempts are counted: PostgreSQL
/// locks the rows in this order, so that no two transactions wait for each other.
async fn for_each<D: Dialect>(
    connection: &mut D::Connection,
    statement: &'static str,
    keys: &[AttemptKey],
) -> Result<(), StoreError> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        D::execute(connection, statement, values![&key.0[..]]).await?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn waits_are_those_of_the_limit() {
        for limit in [
            AttemptLimit::new(0),
            AttemptLimit::new(3),
            AttemptLimit::new(u32::MAX),
            AttemptLimit {
                delay: Duration::from_nanos(1),
                max_delay: Duration::MAX,
                ..AttemptLimit::new(5)
            },
        ] {
            let of_limit = Limit::of(limit);
            for (beyond, wait) in (0..).zip(of_limit.waits) {
                let attempts = limit.free.saturating_add(beyond);
                assert_eq!(wait, span(limit.delay_after(attempts)), "{attempts}");
            }
            let last = span(limit.delay_after(u32::MAX));
            assert_eq!(of_limit.waits[WAITS - 1], last, "it stays the same");
        }
    }
}

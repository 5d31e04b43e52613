//! Attempts, and who has to wait.

use super::super::{
    Arguments, Connection, Database, RESERVE_ATTEMPT, WHEN_ATTEMPTS_MAY_BE, meaning,
    reading_of_clock,
};
use super::row;
use crate::store::sql::quantity::{instant_or_last, micros, nanos};
use crate::store::sql::statements::{CLEAR_ATTEMPTS, RETURN_ATTEMPT};
use crate::{Attempt, AttemptKey, AttemptLimit, AttemptTime, Reservation, StoreError};
use sqlx::query::Query;

pub(super) async fn reserve(
    connection: &mut Connection,
    attempt: &Attempt,
    now: AttemptTime,
) -> Result<Reservation, StoreError> {
    let (subject, limit) = attempt.subject;
    let client = attempt.client.filter(|(key, _)| *key != subject);
    let now = reading_of_clock(now).map(micros);

    let query = sqlx::query(RESERVE_ATTEMPT).bind(now);
    let query = bind_limit(query, Some(subject), limit);
    let query = bind_limit(
        query,
        client.map(|(key, _)| key),
        client.map_or(limit, |(_, limit)| limit),
    );
    let counted = query.fetch_all(&mut *connection).await.map_err(meaning)?;
    if counted.len() == 1 + usize::from(client.is_some()) {
        return Ok(Reservation::Granted);
    }

    let until = sqlx::query(WHEN_ATTEMPTS_MAY_BE)
        .bind(&subject.0[..])
        .bind(client.as_ref().map(|(key, _)| &key.0[..]))
        .bind(now)
        .fetch_one(connection)
        .await
        .map_err(meaning)?;
    let now = row::column::<i64>(&until, "now")?;
    // Whatever it had to wait for may have been cleared since.
    let until = row::column::<Option<i64>>(&until, "until")?.unwrap_or(now);
    let [until, now] = [until.max(now), now].map(instant_or_last);
    Ok(Reservation::refused(until, now))
}

type ReserveQuery<'q> = Query<'q, Database, Arguments>;

/// A row of the statement's `limits`.
fn bind_limit(
    query: ReserveQuery<'_>,
    key: Option<AttemptKey>,
    limit: AttemptLimit,
) -> ReserveQuery<'_> {
    let wait = nanos(limit.delay_after(1)) / 1000;
    let forgotten_after = nanos(limit.forgotten_after) / 1000;
    query
        .bind(key.as_ref().map(|key| &key.0[..]))
        .bind(wait)
        .bind(wait.max(forgotten_after))
        .bind(i64::from(limit.free))
        .bind(nanos(limit.delay))
        .bind(nanos(limit.max_delay))
        .bind(forgotten_after)
}

pub(super) async fn clear(
    connection: &mut Connection,
    keys: &[AttemptKey],
) -> Result<(), StoreError> {
    for_each(connection, CLEAR_ATTEMPTS, keys).await
}

pub(super) async fn give_back(
    connection: &mut Connection,
    keys: &[AttemptKey],
) -> Result<(), StoreError> {
    for_each(connection, RETURN_ATTEMPT, keys).await
}

/// One by one and in the order in which an attempt is counted, so that PostgreSQL, which locks each
/// row that it comes to, has no two transactions wait for each other.
async fn for_each(
    connection: &mut Connection,
    statement: &'static str,
    keys: &[AttemptKey],
) -> Result<(), StoreError> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    for key in keys {
        let query = sqlx::query(statement).bind(&key.0[..]);
        query.execute(&mut *connection).await.map_err(meaning)?;
    }
    Ok(())
}

//! Delivering stored signals once more.

use sqlx::postgres::PgRow;
use sqlx::{PgConnection, Row as _};
use uuid::Uuid;

use super::changing::retry;
use super::statements::{
    COUNT_DEAD, COUNT_KEPT, DEAD, DELIVER_KEPT, FIRST_POSITION, KEPT, KEPT_SINCE, LOCK_KEPT,
};
use crate::durable::admin::{Replay, ReplayPage, ReplayPosition, ReplayStep, Replayable, Replayed};
use crate::durable::chain::Chain;
use crate::durable::postgres::chains;
use crate::durable::sql_values::{count, millis_since_epoch, time};

/// Delivers one page. The transaction has to be READ COMMITTED.
pub(super) async fn replay(
    connection: &mut PgConnection,
    offset: i64,
    replay: &Replay,
) -> Result<Replayed, sqlx::Error> {
    let position = match replay.from {
        Some(position) => position,
        None => first_position(connection, offset).await?,
    };
    let mut page = ReplayPage::new(replay, position);
    let (names, receivers) = (&replay.signals, replay.receivers());
    let since = millis_since_epoch(replay.since);
    if let Some((after, id)) = page.kept_after(since) {
        let kept = sqlx::query(KEPT)
            .bind(names)
            .bind(&receivers)
            .bind(after)
            .bind(id.to_string())
            .bind(position.until)
            .bind(i64::from(page.rest()))
            .try_map(|row: PgRow| Ok((row.try_get("sent_at")?, row.try_get("id")?)));
        let kept: Vec<(i64, String)> = kept.fetch_all(&mut *connection).await?;
        let ids: Vec<_> = kept.iter().map(|(_, id)| &**id).collect();
        let ordered_as = replay.ordered_as.as_deref();
        let delivered = deliver(connection, offset, &ids, &replay.receivers(), ordered_as).await?;
        page.add(kept.len(), delivered);
        if !kept.is_empty() {
            // A transaction locks signals once, and chains, or two of them might wait for each other.
            page.stop();
        }
        if page.is_full() {
            let last = kept.last().map(|(sent_at, id)| {
                let id = id.parse().unwrap_or_default();
                ReplayStep::Kept(*sent_at, id)
            });
            return Ok(page.end(last));
        }
    }
    let dead = sqlx::query_scalar(DEAD)
        .bind(names)
        .bind(&receivers)
        .bind(since)
        .bind(page.dead_after())
        .bind(position.last_number)
        .bind(i64::from(page.rest()));
    let dead: Vec<i64> = dead.fetch_all(&mut *connection).await?;
    let retried = retry(connection, offset, &dead).await?;
    page.add(dead.len(), retried);
    Ok(page.end(dead.last().map(|number| ReplayStep::Dead(*number))))
}

/// Inserts deliveries of kept signals to the first of these names of a receiver, except of those that have one to any
/// name. Returns their number.
pub(in crate::durable::postgres) async fn deliver(
    connection: &mut PgConnection,
    offset: i64,
    ids: &[&str],
    receivers: &[&str],
    ordered_as: Option<&str>,
) -> Result<u64, sqlx::Error> {
    if ids.is_empty() {
        return Ok(0);
    }
    let lock = sqlx::query_scalar(LOCK_KEPT).bind(ids);
    let keys: Vec<Option<String>> = lock.fetch_all(&mut *connection).await?;
    let chains = Chain::of_keys(ordered_as, keys.into_iter().flatten());
    if !chains.is_empty() {
        chains::lock(&mut *connection, &chains).await?;
    }
    let empty = chains::empty(&mut *connection, &chains).await?;
    let insert = sqlx::query_scalar(DELIVER_KEPT)
        .bind(offset)
        .bind(ids)
        .bind(receivers.first())
        .bind(receivers)
        .bind(ordered_as);
    let inserted = insert.fetch_one(&mut *connection).await.map(count)?;
    if !empty.is_empty() {
        chains::free(connection, offset, &empty).await?;
    }
    Ok(inserted)
}

async fn first_position(
    connection: &mut PgConnection,
    offset: i64,
) -> Result<ReplayPosition, sqlx::Error> {
    let first = sqlx::query(FIRST_POSITION).bind(offset);
    let first = first.try_map(|row: PgRow| {
        let (until, last_number) = (row.try_get("until")?, row.try_get("last_number")?);
        Ok(ReplayPosition::first(until, last_number))
    });
    first.fetch_one(connection).await
}

pub(super) async fn replayable(
    connection: &mut PgConnection,
    offset: i64,
    replay: &Replay,
) -> Result<Replayable, sqlx::Error> {
    let first = first_position(connection, offset).await?;
    let (names, receivers) = (&replay.signals, replay.receivers());
    let since = millis_since_epoch(replay.since);
    let kept = sqlx::query_scalar(COUNT_KEPT)
        .bind(names)
        .bind(&receivers)
        .bind(since)
        .bind(Uuid::nil().to_string())
        .bind(first.until);
    let kept: i64 = kept.fetch_one(&mut *connection).await?;
    let dead = sqlx::query_scalar(COUNT_DEAD)
        .bind(names)
        .bind(&receivers)
        .bind(since)
        .bind(i64::MIN)
        .bind(first.last_number);
    let dead: i64 = dead.fetch_one(&mut *connection).await?;
    let kept_since = sqlx::query_scalar(KEPT_SINCE).bind(names);
    let kept_since: Option<i64> = kept_since.fetch_one(connection).await?;
    Ok(Replayable {
        signals: count(kept) + count(dead),
        kept_since: kept_since.map(time),
    })
}

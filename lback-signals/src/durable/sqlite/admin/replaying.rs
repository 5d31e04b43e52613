//! Delivering stored signals once more.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use uuid::Uuid;

use super::changing::retry;
use super::statements::{
    COUNT_DEAD, COUNT_KEPT, DEAD, DELIVER_KEPT, FIRST_POSITION, KEPT, KEPT_SINCE, KEYS, UNDO_DONE,
};
use crate::durable::admin::{Replay, ReplayPage, ReplayPosition, ReplayStep, Replayable, Replayed};
use crate::durable::chain::Chain;
use crate::durable::sql_values::{count, millis_since_epoch, time};
use crate::durable::sqlite::{chains, json};

/// Delivers one page.
pub(super) async fn replay(
    connection: &mut SqliteConnection,
    offset: i64,
    replay: &Replay,
) -> Result<Replayed, sqlx::Error> {
    let position = match replay.from {
        Some(position) => position,
        None => first_position(connection, offset).await?,
    };
    let mut page = ReplayPage::new(replay, position);
    let names = json(&replay.signals);
    let receivers = json(&replay.receivers());
    let since = millis_since_epoch(replay.since);
    if let Some((after, id)) = page.kept_after(since) {
        let kept = sqlx::query(KEPT)
            .bind(&names)
            .bind(&receivers)
            .bind(after)
            .bind(id.as_bytes().as_slice())
            .bind(position.until)
            .bind(page.rest())
            .try_map(|row: SqliteRow| Ok((row.try_get("sent_at")?, row.try_get("id")?)));
        let kept: Vec<(i64, String)> = kept.fetch_all(&mut *connection).await?;
        let ids: Vec<_> = kept.iter().map(|(_, id)| &**id).collect();
        let ordered_as = replay.ordered_as.as_deref();
        let delivered = deliver(connection, offset, &ids, &replay.receiver, ordered_as).await?;
        page.add(kept.len(), delivered);
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
        .bind(receivers)
        .bind(since)
        .bind(page.dead_after())
        .bind(position.last_number)
        .bind(page.rest());
    let dead: Vec<i64> = dead.fetch_all(&mut *connection).await?;
    let retried = retry(connection, offset, &dead).await?;
    page.add(dead.len(), retried);
    Ok(page.end(dead.last().map(|number| ReplayStep::Dead(*number))))
}

/// Inserts deliveries of kept signals, which have none to this receiver. Returns their number.
pub(in crate::durable::sqlite) async fn deliver(
    connection: &mut SqliteConnection,
    offset: i64,
    ids: &[&str],
    receiver: &str,
    ordered_as: Option<&str>,
) -> Result<u64, sqlx::Error> {
    if ids.is_empty() {
        return Ok(0);
    }
    let ids = json(&ids);
    let keys = sqlx::query_scalar(KEYS).bind(&ids);
    let keys: Vec<String> = keys.fetch_all(&mut *connection).await?;
    let chains = Chain::of_keys(ordered_as, keys);
    let empty = chains::empty(&mut *connection, &chains).await?;
    let insert = sqlx::query(DELIVER_KEPT)
        .bind(offset)
        .bind(&ids)
        .bind(receiver);
    let insert = insert.bind(ordered_as);
    let delivered = insert.execute(&mut *connection).await?.rows_affected();
    if !empty.is_empty() {
        chains::free(&mut *connection, offset, &empty).await?;
    }
    let undo = sqlx::query(UNDO_DONE).bind(ids);
    undo.execute(connection).await?;
    Ok(delivered)
}

async fn first_position(
    connection: &mut SqliteConnection,
    offset: i64,
) -> Result<ReplayPosition, sqlx::Error> {
    let first = sqlx::query(FIRST_POSITION).bind(offset);
    let first = first.try_map(|row: SqliteRow| {
        let (until, last_number) = (row.try_get("until")?, row.try_get("last_number")?);
        Ok(ReplayPosition::first(until, last_number))
    });
    first.fetch_one(connection).await
}

pub(super) async fn replayable(
    connection: &mut SqliteConnection,
    offset: i64,
    replay: &Replay,
) -> Result<Replayable, sqlx::Error> {
    let first = first_position(connection, offset).await?;
    let names = json(&replay.signals);
    let receivers = json(&replay.receivers());
    let since = millis_since_epoch(replay.since);
    let kept = sqlx::query_scalar(COUNT_KEPT)
        .bind(&names)
        .bind(&receivers)
        .bind(since)
        .bind(Uuid::nil().into_bytes().to_vec())
        .bind(first.until);
    let kept: i64 = kept.fetch_one(&mut *connection).await?;
    let dead = sqlx::query_scalar(COUNT_DEAD)
        .bind(&names)
        .bind(&receivers)
        .bind(since)
        .bind(i64::MIN)
        .bind(first.last_number);
    let dead: i64 = dead.fetch_one(&mut *connection).await?;
    let kept_since = sqlx::query_scalar(KEPT_SINCE).bind(&names);
    let kept_since: Option<i64> = kept_since.fetch_one(connection).await?;
    Ok(Replayable {
        signals: count(kept) + count(dead),
        kept_since: kept_since.map(time),
    })
}

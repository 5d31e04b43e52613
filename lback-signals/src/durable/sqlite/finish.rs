//! Renewing leases and ending attempts, each write fenced by its claim.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::{Row as _, SqliteConnection};

use super::statements::{COMPLETE, DELETE_SIGNALS, END, RENEW};
use super::{json, millis};
use crate::durable::kept_error::kept_error;
use crate::durable::outbox::{Claim, Ending};

/// Returns the claims that are lost.
pub(super) async fn renew(
    connection: &mut SqliteConnection,
    offset: i64,
    claims: &[Claim],
    lease: Duration,
) -> Result<Vec<Claim>, sqlx::Error> {
    let held: Vec<i64> = sqlx::query_scalar(RENEW)
        .bind(offset)
        .bind(list(claims))
        .bind(millis(lease))
        .fetch_all(connection)
        .await?;
    Ok(except(claims.iter().copied(), held))
}

/// Returns the claims that are lost.
pub(super) async fn finish(
    connection: &mut SqliteConnection,
    offset: i64,
    attempts: &[(Claim, Ending)],
) -> Result<Vec<Claim>, sqlx::Error> {
    let is_done = |(_, ending): &&(Claim, Ending)| *ending == Ending::Done;
    let done: Vec<Claim> = attempts.iter().filter(is_done).map(|it| it.0).collect();
    let mut held = complete(connection, &done).await?;
    let ended: Vec<_> = attempts.iter().filter_map(ended).collect();
    if !ended.is_empty() {
        let end = sqlx::query_scalar(END).bind(offset).bind(json(&ended));
        let numbers: Vec<i64> = end.fetch_all(connection).await?;
        held.extend(numbers);
    }
    Ok(except(attempts.iter().map(|it| it.0), held))
}

/// Deletes the deliveries of claims that are not lost, and the signals that have no delivery left. Returns the
/// numbers of the deliveries.
pub(super) async fn complete(
    connection: &mut SqliteConnection,
    claims: &[Claim],
) -> Result<Vec<i64>, sqlx::Error> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let deleted: Vec<(i64, String)> = sqlx::query(COMPLETE)
        .bind(list(claims))
        .try_map(|row: sqlx::sqlite::SqliteRow| Ok((row.try_get(0)?, row.try_get(1)?)))
        .fetch_all(&mut *connection)
        .await?;
    let (numbers, signals): (_, HashSet<String>) = deleted.into_iter().unzip();
    let delete = sqlx::query(DELETE_SIGNALS).bind(json(&signals));
    delete.execute(connection).await?;
    Ok(numbers)
}

fn list(claims: &[Claim]) -> String {
    let claims = claims.iter().map(|claim| (claim.number, claim.token));
    json(&claims.collect::<Vec<_>>())
}

type Ended = (i64, i64, &'static str, i64, u8, Option<String>);

/// Returns an ending for the statement. `None` for one that deletes.
fn ended((claim, ending): &(Claim, Ending)) -> Option<Ended> {
    let (ending, delay, uncounted, error) = match ending {
        Ending::Done => return None,
        Ending::Retry { after, error } => ("retry", millis(*after), 0, Some(kept_error(error))),
        Ending::Dead { error, was_run } => ("dead", 0, u8::from(!was_run), Some(kept_error(error))),
        Ending::Released => ("released", 0, 1, None),
    };
    Some((claim.number, claim.token, ending, delay, uncounted, error))
}

/// Returns the claims whose numbers are not among these.
fn except(claims: impl Iterator<Item = Claim>, held: Vec<i64>) -> Vec<Claim> {
    let held: HashSet<i64> = held.into_iter().collect();
    claims
        .filter(|claim| !held.contains(&claim.number))
        .collect()
}

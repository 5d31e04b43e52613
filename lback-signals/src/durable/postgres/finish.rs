//! Renewing leases and ending attempts, each write fenced by its claim.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::{PgConnection, Row as _};

use super::claim::claim_of;
use super::statements::{COMPLETE, END, HELD, LOCK_SIGNALS, RENEW};
use crate::durable::outbox::{Claim, Ending};
use crate::durable::sql_values::{ended, except, millis};

/// Returns the claims that are lost. A row that is locked is not renewed: its own worker completes it, or another one
/// claims it, which the next renewal tells.
pub(super) async fn renew(
    connection: &mut PgConnection,
    offset: i64,
    claims: &[Claim],
    lease: Duration,
) -> Result<Vec<Claim>, sqlx::Error> {
    let (numbers, tokens) = lists(claims);
    let renew = sqlx::query(RENEW)
        .bind(offset)
        .bind(numbers)
        .bind(tokens)
        .bind(millis(lease))
        .try_map(|row| claim_of(&row));
    let renewed: HashSet<_> = renew
        .fetch_all(&mut *connection)
        .await?
        .into_iter()
        .collect();
    let others = except(claims, &renewed);
    if others.is_empty() {
        return Ok(others);
    }
    let (numbers, tokens) = lists(&others);
    let locked = sqlx::query(HELD).bind(numbers).bind(tokens);
    let locked = locked.try_map(|row| claim_of(&row)).fetch_all(connection);
    Ok(except(&others, &locked.await?.into_iter().collect()))
}

/// Returns the claims that are lost.
pub(super) async fn finish(
    connection: &mut PgConnection,
    offset: i64,
    attempts: &[(Claim, Ending)],
) -> Result<Vec<Claim>, sqlx::Error> {
    let is_done = |(_, ending): &&(Claim, Ending)| *ending == Ending::Done;
    let done = attempts.iter().filter(is_done).map(|it| it.0);
    let done: Vec<Claim> = done.collect();
    let completed = complete(connection, offset, &done).await?;
    let mut held: HashSet<_> = completed.into_iter().map(|it| it.claim).collect();
    if done.len() < attempts.len() {
        held.extend(end(connection, offset, attempts).await?);
    }
    let claims: Vec<Claim> = attempts.iter().map(|it| it.0).collect();
    Ok(except(&claims, &held))
}

/// Ends the attempts that are not done. Returns the claims that are not lost.
async fn end(
    connection: &mut PgConnection,
    offset: i64,
    attempts: &[(Claim, Ending)],
) -> Result<Vec<Claim>, sqlx::Error> {
    let mut claims = Vec::new();
    let (mut endings, mut delays, mut uncounted, mut errors) = (vec![], vec![], vec![], vec![]);
    for (claim, ending) in attempts {
        if let Some(ended) = ended(ending) {
            claims.push(*claim);
            endings.push(ended.ending);
            delays.push(ended.delay);
            uncounted.push(ended.uncounted);
            errors.push(ended.error);
        }
    }
    let (numbers, tokens) = lists(&claims);
    sqlx::query(END)
        .bind(offset)
        .bind(numbers)
        .bind(tokens)
        .bind(endings)
        .bind(delays)
        .bind(uncounted)
        .bind(errors)
        .try_map(|row| claim_of(&row))
        .fetch_all(connection)
        .await
}

/// A delivery that was completed.
pub(super) struct Completed {
    pub(super) claim: Claim,
    /// The id of the transaction that has done so.
    pub(super) transaction: String,
}

/// Deletes the deliveries of claims that are not lost, and ends the signals that have no delivery left. The transaction
/// has to be READ COMMITTED.
pub(super) async fn complete(
    connection: &mut PgConnection,
    offset: i64,
    claims: &[Claim],
) -> Result<Vec<Completed>, sqlx::Error> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let (numbers, tokens) = lists(claims);
    let lock = sqlx::query(LOCK_SIGNALS).bind(&numbers).bind(&tokens);
    lock.execute(&mut *connection).await?;
    let complete = sqlx::query(COMPLETE)
        .bind(offset)
        .bind(numbers)
        .bind(tokens);
    let complete = complete.try_map(|row| {
        Ok(Completed {
            claim: claim_of(&row)?,
            transaction: row.try_get("transaction")?,
        })
    });
    complete.fetch_all(connection).await
}

fn lists(claims: &[Claim]) -> (Vec<i64>, Vec<i64>) {
    claims.iter().map(|it| (it.number, it.token)).unzip()
}

//! Renewing leases and ending attempts, each write fenced by its claim.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::chains::{chain_of, free};
use super::json;
use super::statements::{COMPLETE, DELETE_SIGNALS, END, HELD, KEEP_SIGNALS, RENEW};
use crate::durable::chain::Chain;
use crate::durable::outbox::{Claim, Ending};
use crate::durable::sql_values::{Finished, ended, except, millis};

/// Returns the claims that are lost.
pub(super) async fn renew(
    connection: &mut SqliteConnection,
    offset: i64,
    claims: &[Claim],
    lease: Duration,
) -> Result<Vec<Claim>, sqlx::Error> {
    let renew = sqlx::query(RENEW)
        .bind(offset)
        .bind(list(claims))
        .bind(millis(lease));
    let held: HashSet<_> = renew
        .try_map(|row| claim_of(&row))
        .fetch_all(connection)
        .await?
        .into_iter()
        .collect();
    Ok(except(claims, &held))
}

pub(super) async fn finish(
    connection: &mut SqliteConnection,
    offset: i64,
    attempts: &[(Claim, Ending)],
) -> Result<Finished, sqlx::Error> {
    let is_done = |(_, ending): &&(Claim, Ending)| *ending == Ending::Done;
    let (done, ended): (Vec<_>, Vec<_>) = attempts.iter().partition(is_done);
    let done: Vec<Claim> = done.into_iter().map(|it| it.0).collect();
    let completed = complete(connection, offset, &done).await?;
    let mut held: HashSet<_> = completed.claims.into_iter().collect();
    let mut chains = completed.chains;
    if !ended.is_empty() {
        let claims: Vec<Claim> = ended.iter().map(|it| it.0).collect();
        let not_lost = sqlx::query(HELD).bind(list(&claims));
        let not_lost = not_lost.try_map(|row| claim_of(&row));
        held.extend(not_lost.fetch_all(&mut *connection).await?);
        let ended: Vec<_> = ended.into_iter().filter_map(ended_list).collect();
        let end = sqlx::query(END).bind(offset).bind(json(&ended));
        let end = end.try_map(|row| chain_of(&row, "skipped_as"));
        let skipped = end.fetch_all(&mut *connection).await?;
        chains.extend(skipped.into_iter().flatten());
    }
    let has_freed = !chains.is_empty() && free(connection, offset, &chains).await? > 0;
    let claims: Vec<Claim> = attempts.iter().map(|it| it.0).collect();
    Ok(Finished {
        lost: except(&claims, &held),
        has_freed,
    })
}

/// The deliveries that were completed.
#[derive(Default)]
pub(super) struct Completed {
    pub(super) claims: Vec<Claim>,
    /// Their chains.
    pub(super) chains: Vec<Chain>,
}

/// Deletes the deliveries of claims that are not lost, and ends the signals that have no delivery left.
pub(super) async fn complete(
    connection: &mut SqliteConnection,
    offset: i64,
    claims: &[Claim],
) -> Result<Completed, sqlx::Error> {
    let mut completed = Completed::default();
    if claims.is_empty() {
        return Ok(completed);
    }
    let deleted: Vec<(Claim, String, Option<Chain>)> = sqlx::query(COMPLETE)
        .bind(list(claims))
        .try_map(|row: SqliteRow| {
            let chain = chain_of(&row, "ordered_as")?;
            Ok((claim_of(&row)?, row.try_get("signal")?, chain))
        })
        .fetch_all(&mut *connection)
        .await?;
    let mut signals = HashSet::new();
    for (claim, signal, chain) in deleted {
        completed.claims.push(claim);
        completed.chains.extend(chain);
        signals.insert(signal);
    }
    end_signals(connection, offset, &signals).await?;
    Ok(completed)
}

/// Deletes those of these signals that have no delivery left, or notes when they were done if they are kept.
pub(super) async fn end_signals(
    connection: &mut SqliteConnection,
    offset: i64,
    signals: &HashSet<String>,
) -> Result<(), sqlx::Error> {
    let list = json(signals);
    let delete = sqlx::query(DELETE_SIGNALS).bind(&list);
    let deleted = delete.execute(&mut *connection).await?.rows_affected();
    if usize::try_from(deleted) != Ok(signals.len()) {
        let keep = sqlx::query(KEEP_SIGNALS).bind(offset).bind(list);
        keep.execute(connection).await?;
    }
    Ok(())
}

fn claim_of(row: &SqliteRow) -> Result<Claim, sqlx::Error> {
    Ok(Claim {
        number: row.try_get("number")?,
        token: row.try_get("claim")?,
    })
}

fn list(claims: &[Claim]) -> String {
    let claims = claims.iter().map(|claim| (claim.number, claim.token));
    json(&claims.collect::<Vec<_>>())
}

type EndedList = (i64, i64, &'static str, i64, i64, Option<String>);

/// Returns an ending for the statement. `None` for one that deletes.
fn ended_list((claim, ending): &(Claim, Ending)) -> Option<EndedList> {
    let ended = ended(ending)?;
    let (number, token) = (claim.number, claim.token);
    Some((
        number,
        token,
        ended.ending,
        ended.delay,
        ended.uncounted,
        ended.error,
    ))
}

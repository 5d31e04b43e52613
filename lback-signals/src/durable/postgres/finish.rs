//! Renewing leases and ending attempts, each write fenced by its claim.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::{PgConnection, Row as _};

use super::chains::{self, chain_of};
use super::claim::claim_of;
use super::statements::{COMPLETE, END, HELD, LOCK_SIGNALS, RENEW};
use crate::durable::chain::Chain;
use crate::durable::outbox::{Claim, Ending};
use crate::durable::sql_values::{Finished, ended, except, millis};

/// Returns the claims that are lost. A row that is locked is not renewed: its own worker completes it, or another one
/// claims it, and then the next renewal returns it as lost.
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

/// Ends attempts, and frees the next deliveries of their chains. The transaction has to be READ COMMITTED.
pub(super) async fn finish(
    connection: &mut PgConnection,
    offset: i64,
    attempts: &[(Claim, Ending)],
) -> Result<Finished, sqlx::Error> {
    let of = |is: fn(&Ending) -> bool| -> Vec<Claim> {
        let attempts = attempts.iter().filter(|(_, ending)| is(ending));
        attempts.map(|it| it.0).collect()
    };
    let leaving = of(leaves_chain);
    let chains = lock_signals(connection, &leaving).await?;
    if !chains.is_empty() {
        chains::lock(connection, &chains).await?;
    }
    let completed = complete(connection, offset, &of(|ending| *ending == Ending::Done)).await?;
    let mut held = HashSet::new();
    let mut chains = Vec::new();
    for completed in completed {
        held.insert(completed.claim);
        chains.extend(completed.chain);
    }
    if held.len() < attempts.len() {
        for (claim, skipped) in end(connection, offset, attempts).await? {
            held.insert(claim);
            chains.extend(skipped);
        }
    }
    let has_freed = !chains.is_empty() && chains::free(connection, offset, &chains).await? > 0;
    let claims: Vec<Claim> = attempts.iter().map(|it| it.0).collect();
    Ok(Finished {
        lost: except(&claims, &held),
        has_freed,
    })
}

/// Returns whether a delivery that ends so leaves its chain.
fn leaves_chain(ending: &Ending) -> bool {
    match ending {
        Ending::Done => true,
        Ending::Dead { blocks_key, .. } => !blocks_key,
        Ending::Retry { .. } | Ending::Released { .. } => false,
    }
}

/// Ends the attempts that are not done. Returns the claims that are not lost, with the chains that they have left.
async fn end(
    connection: &mut PgConnection,
    offset: i64,
    attempts: &[(Claim, Ending)],
) -> Result<Vec<(Claim, Option<Chain>)>, sqlx::Error> {
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
    if claims.is_empty() {
        return Ok(Vec::new());
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
        .try_map(|row| Ok((claim_of(&row)?, chain_of(&row, "skipped_as")?)))
        .fetch_all(connection)
        .await
}

/// Locks the signals of claims. Returns the chains of their deliveries, which are to be locked before
/// [`complete`].
pub(super) async fn lock_signals(
    connection: &mut PgConnection,
    claims: &[Claim],
) -> Result<HashSet<Chain>, sqlx::Error> {
    if claims.is_empty() {
        return Ok(HashSet::new());
    }
    let (numbers, tokens) = lists(claims);
    let lock = sqlx::query(LOCK_SIGNALS).bind(numbers).bind(tokens);
    let lock = lock.try_map(|row| chain_of(&row, "ordered_as"));
    let chains: Vec<_> = lock.fetch_all(connection).await?;
    Ok(chains.into_iter().flatten().collect())
}

/// A delivery that was completed.
pub(super) struct Completed {
    pub(super) claim: Claim,
    pub(super) chain: Option<Chain>,
    /// The id of the transaction that has done so.
    pub(super) transaction: String,
}

/// Deletes the deliveries of claims that are not lost, and ends the signals that have no delivery left. The signals and
/// chains are locked.
pub(super) async fn complete(
    connection: &mut PgConnection,
    offset: i64,
    claims: &[Claim],
) -> Result<Vec<Completed>, sqlx::Error> {
    if claims.is_empty() {
        return Ok(Vec::new());
    }
    let (numbers, tokens) = lists(claims);
    let complete = sqlx::query(COMPLETE)
        .bind(offset)
        .bind(numbers)
        .bind(tokens);
    let complete = complete.try_map(|row| {
        Ok(Completed {
            claim: claim_of(&row)?,
            chain: chain_of(&row, "ordered_as")?,
            transaction: row.try_get("transaction")?,
        })
    });
    complete.fetch_all(connection).await
}

fn lists(claims: &[Claim]) -> (Vec<i64>, Vec<i64>) {
    claims.iter().map(|it| (it.number, it.token)).unzip()
}

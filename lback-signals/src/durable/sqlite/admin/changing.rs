//! Changing deliveries, and logging the operation.

use std::collections::HashSet;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::statements::{CHAINS_LEFT, NOTE, REMOVE, RETRY};
use crate::durable::admin::Operation;
use crate::durable::chain::Chain;
use crate::durable::sqlite::chains::{self, chain_of};
use crate::durable::sqlite::finish::end_signals;
use crate::durable::sqlite::json;

/// Makes dead letters due, or parks those that return to their chain. Returns the number of changed deliveries.
pub(super) async fn retry(
    connection: &mut SqliteConnection,
    offset: i64,
    numbers: &[i64],
) -> Result<u64, sqlx::Error> {
    let numbers = json(&numbers);
    let left = sqlx::query(CHAINS_LEFT).bind(&numbers);
    let left = left.try_map(|row| chain_of(&row, "skipped_as"));
    let left: Vec<_> = left.fetch_all(&mut *connection).await?;
    let left: Vec<_> = left.into_iter().flatten().collect();
    let empty = chains::empty(connection, &left).await?;
    let retry = sqlx::query(RETRY).bind(offset).bind(numbers);
    let retried = retry.execute(&mut *connection).await?.rows_affected();
    if !empty.is_empty() {
        chains::free(connection, offset, &empty).await?;
    }
    Ok(retried)
}

/// Deletes deliveries that do not run, and ends their signals that have none left. Frees the next deliveries of their
/// chains. Returns the number of deleted deliveries.
pub(super) async fn discard(
    connection: &mut SqliteConnection,
    offset: i64,
    numbers: &[i64],
) -> Result<u64, sqlx::Error> {
    let removed: Vec<(String, Option<Chain>)> = sqlx::query(REMOVE)
        .bind(offset)
        .bind(json(&numbers))
        .try_map(|row: SqliteRow| Ok((row.try_get("signal")?, chain_of(&row, "freed_as")?)))
        .fetch_all(&mut *connection)
        .await?;
    let count = removed.len();
    let (signals, freed): (HashSet<String>, Vec<_>) = removed.into_iter().unzip();
    end_signals(connection, offset, &signals).await?;
    let freed: Vec<_> = freed.into_iter().flatten().collect();
    if !freed.is_empty() {
        chains::free(connection, offset, &freed).await?;
    }
    Ok(count.try_into().unwrap_or(u64::MAX))
}

/// Stores an operation that has changed this many deliveries, or adds them to it.
pub(super) async fn note(
    connection: &mut SqliteConnection,
    offset: i64,
    operation: &Operation,
    deliveries: u64,
) -> Result<(), sqlx::Error> {
    let note = sqlx::query(NOTE)
        .bind(offset)
        .bind(operation.id.as_bytes().as_slice())
        .bind(&operation.command)
        .bind(&operation.operator)
        .bind(&operation.because)
        .bind(i64::try_from(deliveries).unwrap_or(i64::MAX));
    note.execute(connection).await.map(drop)
}

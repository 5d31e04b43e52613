//! Changing deliveries, and noting who did so.

use std::collections::HashSet;

use sqlx::SqliteConnection;

use super::statements::{NOTE, REMOVE, RETRY};
use crate::durable::admin::Operation;
use crate::durable::sqlite::finish::end_signals;
use crate::durable::sqlite::json;

/// Makes dead letters due. Returns how many it has changed.
pub(super) async fn retry(
    connection: &mut SqliteConnection,
    offset: i64,
    numbers: &[i64],
) -> Result<u64, sqlx::Error> {
    let retry = sqlx::query(RETRY).bind(offset).bind(json(&numbers));
    Ok(retry.execute(connection).await?.rows_affected())
}

/// Deletes deliveries that do not run, and ends their signals that have none left. Returns how many it has deleted.
pub(super) async fn discard(
    connection: &mut SqliteConnection,
    offset: i64,
    numbers: &[i64],
) -> Result<u64, sqlx::Error> {
    let remove = sqlx::query_scalar(REMOVE).bind(offset).bind(json(&numbers));
    let signals: Vec<String> = remove.fetch_all(&mut *connection).await?;
    let removed = signals.len();
    let signals: HashSet<String> = signals.into_iter().collect();
    end_signals(connection, offset, &signals).await?;
    Ok(removed.try_into().unwrap_or(u64::MAX))
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

//! Changing deliveries, and logging the operation. The transactions have to be READ COMMITTED.

use sqlx::PgConnection;

use super::statements::{NOTE, REMOVE, RETRY};
use crate::durable::admin::Operation;
use crate::durable::postgres::chains::{self, chain_of};
use crate::durable::postgres::statements::LOCK_SIGNALS_OF;

/// Makes dead letters due, or parks those that return to their chain. Returns the number of changed deliveries.
///
/// Locks their signals before their chains, as all transactions do. A row that returns to an empty chain is updated twice,
/// and PostgreSQL then checks its foreign key again, which locks the signal.
pub(super) async fn retry(
    connection: &mut PgConnection,
    offset: i64,
    numbers: &[i64],
) -> Result<u64, sqlx::Error> {
    let lock = sqlx::query(LOCK_SIGNALS_OF).bind(numbers);
    lock.execute(&mut *connection).await?;
    let chains = chains::lock_of(connection, numbers).await?;
    let empty = chains::empty(connection, &chains).await?;
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
    connection: &mut PgConnection,
    offset: i64,
    numbers: &[i64],
) -> Result<u64, sqlx::Error> {
    let lock = sqlx::query(LOCK_SIGNALS_OF).bind(numbers);
    lock.execute(&mut *connection).await?;
    chains::lock_of(connection, numbers).await?;
    let remove = sqlx::query(REMOVE).bind(offset).bind(numbers);
    let remove = remove.try_map(|row| chain_of(&row, "freed_as"));
    let removed = remove.fetch_all(&mut *connection).await?;
    let count = removed.len();
    let chains: Vec<_> = removed.into_iter().flatten().collect();
    if !chains.is_empty() {
        chains::free(connection, offset, &chains).await?;
    }
    Ok(count.try_into().unwrap_or(u64::MAX))
}

/// Stores an operation that has changed this many deliveries, or adds them to it. Returns the id of the transaction.
pub(super) async fn note(
    connection: &mut PgConnection,
    offset: i64,
    operation: &Operation,
    deliveries: u64,
) -> Result<String, sqlx::Error> {
    let note = sqlx::query_scalar(NOTE)
        .bind(offset)
        .bind(operation.id.to_string())
        .bind(text(&operation.command))
        .bind(text(&operation.operator))
        .bind(operation.because.as_deref().map(text))
        .bind(i64::try_from(deliveries).unwrap_or(i64::MAX));
    note.fetch_one(connection).await
}

/// PostgreSQL refuses U+0000 in texts.
fn text(text: &str) -> String {
    text.replace('\0', " ")
}

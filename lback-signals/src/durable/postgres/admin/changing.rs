//! Changing deliveries, and noting who did so. The transactions have to be READ COMMITTED.

use sqlx::PgConnection;

use super::statements::{NOTE, REMOVE, RETRY};
use crate::durable::admin::Operation;
use crate::durable::postgres::statements::LOCK_SIGNALS_OF;
use crate::durable::sql_values::count;

/// Makes dead letters due. Returns how many it has changed.
pub(super) async fn retry(
    connection: &mut PgConnection,
    offset: i64,
    numbers: &[i64],
) -> Result<u64, sqlx::Error> {
    let retry = sqlx::query(RETRY).bind(offset).bind(numbers);
    Ok(retry.execute(connection).await?.rows_affected())
}

/// Deletes deliveries that do not run, and ends their signals that have none left. Returns how many it has deleted.
pub(super) async fn discard(
    connection: &mut PgConnection,
    offset: i64,
    numbers: &[i64],
) -> Result<u64, sqlx::Error> {
    let lock = sqlx::query(LOCK_SIGNALS_OF).bind(numbers);
    lock.execute(&mut *connection).await?;
    let remove = sqlx::query_scalar(REMOVE).bind(offset).bind(numbers);
    remove.fetch_one(connection).await.map(count)
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

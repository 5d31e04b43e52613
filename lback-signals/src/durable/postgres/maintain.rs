//! Deleting what has been kept for long enough.

use std::time::Duration;

use sqlx::PgConnection;

use super::statements::{DELETE_DEAD, DELETE_KEPT, LOCK_SIGNALS_OF, OLD_DEAD};
use crate::durable::maintenance::{MAINTAINED, Maintenance};
use crate::durable::sql_values::{count, millis};

/// The transaction has to be READ COMMITTED.
pub(super) async fn maintain(
    connection: &mut PgConnection,
    offset: i64,
    retention: Duration,
) -> Result<Maintenance, sqlx::Error> {
    let dead = delete_dead(connection, offset, millis(retention)).await?;
    let delete = sqlx::query(DELETE_KEPT).bind(offset);
    let delete = delete.bind(i64::from(MAINTAINED));
    let signals = delete.execute(connection).await?.rows_affected();
    Ok(Maintenance {
        dead,
        signals,
        has_more: dead >= MAINTAINED.into() || signals >= MAINTAINED.into(),
        ..Maintenance::default()
    })
}

/// Deletes dead letters that are older, and ends the signals that have no delivery left.
async fn delete_dead(
    connection: &mut PgConnection,
    offset: i64,
    retention: i64,
) -> Result<u64, sqlx::Error> {
    let old = sqlx::query_scalar(OLD_DEAD)
        .bind(offset)
        .bind(retention)
        .bind(i64::from(MAINTAINED));
    let old: Vec<i64> = old.fetch_all(&mut *connection).await?;
    if old.is_empty() {
        return Ok(0);
    }
    let lock = sqlx::query(LOCK_SIGNALS_OF).bind(&old);
    lock.execute(&mut *connection).await?;
    let delete = sqlx::query_scalar(DELETE_DEAD);
    let delete = delete.bind(offset).bind(old).bind(retention);
    delete.fetch_one(connection).await.map(count)
}

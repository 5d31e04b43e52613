//! Deleting what has been kept for long enough.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::SqliteConnection;

use super::finish::end_signals;
use super::statements::{DELETE_DEAD, DELETE_KEPT};
use crate::durable::maintenance::{MAINTAINED, Maintenance};
use crate::durable::sql_values::millis;

pub(super) async fn maintain(
    connection: &mut SqliteConnection,
    offset: i64,
    retention: Duration,
) -> Result<Maintenance, sqlx::Error> {
    let dead = sqlx::query_scalar(DELETE_DEAD)
        .bind(offset)
        .bind(millis(retention))
        .bind(MAINTAINED);
    let signals: Vec<String> = dead.fetch_all(&mut *connection).await?;
    let dead = signals.len().try_into().unwrap_or(u64::MAX);
    let signals: HashSet<String> = signals.into_iter().collect();
    end_signals(connection, offset, &signals).await?;
    let delete = sqlx::query(DELETE_KEPT).bind(offset).bind(MAINTAINED);
    let signals = delete.execute(connection).await?.rows_affected();
    Ok(Maintenance {
        dead,
        signals,
        has_more: dead >= MAINTAINED.into() || signals >= MAINTAINED.into(),
        ..Maintenance::default()
    })
}

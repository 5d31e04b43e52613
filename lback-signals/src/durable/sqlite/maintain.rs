//! Deleting dead letters and kept signals whose time is over, and freeing chains without a head.

use std::collections::HashSet;
use std::time::Duration;

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::Shared;
use super::chains::{self, chain_of};
use super::finish::end_signals;
use super::statements::{DELETE_DEAD, DELETE_KEPT, DELETE_LANDED};
use crate::durable::chain::Chain;
use crate::durable::error::OutboxError;
use crate::durable::maintenance::{MAINTAINED, Maintenance};
use crate::durable::sql_values::millis;

pub(super) async fn maintain(
    connection: &mut SqliteConnection,
    offset: i64,
    retention: Duration,
) -> Result<Maintenance, sqlx::Error> {
    let deleted: Vec<(String, Option<Chain>)> = sqlx::query(DELETE_DEAD)
        .bind(offset)
        .bind(millis(retention))
        .bind(MAINTAINED)
        .try_map(|row: SqliteRow| Ok((row.try_get("signal")?, chain_of(&row, "ordered_as")?)))
        .fetch_all(&mut *connection)
        .await?;
    let dead = deleted.len().try_into().unwrap_or(u64::MAX);
    let (signals, blocked): (HashSet<String>, Vec<_>) = deleted.into_iter().unzip();
    end_signals(connection, offset, &signals).await?;
    let blocked: Vec<_> = blocked.into_iter().flatten().collect();
    if !blocked.is_empty() {
        chains::free(connection, offset, &blocked).await?;
    }
    let delete = sqlx::query(DELETE_KEPT).bind(offset).bind(MAINTAINED);
    let signals = delete.execute(&mut *connection).await?.rows_affected();
    let forget = sqlx::query(DELETE_LANDED).bind(offset).bind(MAINTAINED);
    let landed = forget.execute(connection).await?.rows_affected();
    Ok(Maintenance {
        dead,
        signals,
        landed,
        has_more: [dead, signals, landed]
            .iter()
            .any(|it| *it >= MAINTAINED.into()),
        ..Maintenance::default()
    })
}

/// Makes the first delivery of each chain due whose deliveries are all parked. Returns the number of such chains.
pub(super) async fn free_stuck(shared: &Shared) -> Result<u64, OutboxError> {
    // Reads without the turn to write, since it reads the whole table.
    let stuck = chains::stuck(&shared.pool).await;
    if stuck.map_err(OutboxError::of_database)?.is_empty() {
        return Ok(0);
    }
    let mut writing = shared.begin().await?;
    let freed = async {
        let stuck = chains::stuck(&mut *writing.connection()).await?;
        chains::free(writing.connection(), shared.offset(), &stuck).await
    };
    let freed = freed.await.map_err(OutboxError::of_database)?;
    writing.commit().await?;
    Ok(freed)
}

//! Deleting dead letters and kept signals whose time is over, and freeing chains without a head.

use std::time::Duration;

use sqlx::PgConnection;

use super::chains::{self, chain_of};
use super::own_pool::{Access, OwnPool};
use super::statements::{DELETE_DEAD, DELETE_KEPT, DELETE_LANDED, LOCK_SIGNALS_OF, OLD_DEAD};
use crate::durable::error::OutboxError;
use crate::durable::maintenance::{MAINTAINED, Maintenance};
use crate::durable::sql_values::millis;

/// The transaction has to be READ COMMITTED.
pub(super) async fn maintain(
    connection: &mut PgConnection,
    offset: i64,
    retention: Duration,
) -> Result<Maintenance, sqlx::Error> {
    let dead = delete_dead(connection, offset, millis(retention)).await?;
    let delete = sqlx::query(DELETE_KEPT).bind(offset);
    let delete = delete.bind(i64::from(MAINTAINED));
    let signals = delete.execute(&mut *connection).await?.rows_affected();
    let forget = sqlx::query(DELETE_LANDED).bind(offset);
    let forget = forget.bind(i64::from(MAINTAINED));
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

/// Deletes dead letters that are older, and ends the signals that have no delivery left. Frees the deliveries that the
/// dead letters have blocked.
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
    chains::lock_of(connection, &old).await?;
    let delete = sqlx::query(DELETE_DEAD);
    let delete = delete.bind(offset).bind(old).bind(retention);
    let delete = delete.try_map(|row| chain_of(&row, "ordered_as"));
    let deleted = delete.fetch_all(&mut *connection).await?;
    let count = deleted.len();
    let chains: Vec<_> = deleted.into_iter().flatten().collect();
    if !chains.is_empty() {
        chains::free(connection, offset, &chains).await?;
    }
    Ok(count.try_into().unwrap_or(u64::MAX))
}

/// Makes the first delivery of each chain due whose deliveries are all parked. Returns the number of such chains.
pub(super) async fn free_stuck(own_pool: &OwnPool, offset: i64) -> Result<u64, OutboxError> {
    let mut own = own_pool.begin(Access::Read).await?;
    let stuck = chains::stuck(own.connection()).await;
    let locked = stuck.map_err(OutboxError::of_database)?;
    own.commit().await?;
    if locked.is_empty() {
        return Ok(0);
    }
    let mut own = own_pool.begin(Access::Write).await?;
    let freed = async {
        chains::lock(own.connection(), &locked).await?;
        // Before the lock, another transaction may have freed or emptied some.
        let mut stuck = chains::stuck(own.connection()).await?;
        stuck.retain(|chain| locked.contains(chain));
        let stuck: Vec<_> = stuck.into_iter().collect();
        chains::free(own.connection(), offset, &stuck).await
    };
    let freed = freed.await.map_err(OutboxError::of_database)?;
    own.commit().await?;
    Ok(freed)
}

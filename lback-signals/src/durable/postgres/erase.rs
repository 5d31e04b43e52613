//! Erasing the deliveries of a subject.

use sqlx::PgConnection;

use super::chains::{self, chain_of};
use super::statements::{ERASE_DELIVERIES, ERASE_KEEP, ERASE_SIGNALS, ERASED_CHAINS, LOCK_ERASED};
use crate::durable::admin::Erased;

/// Deletes the deliveries of these subjects that wait or are dead, and the signals without deliveries. Clears `keep` of
/// the other signals. Frees the next deliveries of the chains. Returns the numbers of deleted signals and deliveries. The
/// transaction has to be READ COMMITTED.
pub(super) async fn erase(
    connection: &mut PgConnection,
    offset: i64,
    subjects: &[&str],
) -> Result<Erased, sqlx::Error> {
    let lock = sqlx::query_scalar(LOCK_ERASED).bind(subjects);
    // Signals that are committed later are not locked, so they stay.
    let ids: Vec<String> = lock.fetch_all(&mut *connection).await?;
    let chains = sqlx::query(ERASED_CHAINS).bind(&ids);
    let chains = chains.try_map(|row| chain_of(&row, "ordered_as"));
    let chains: Vec<_> = chains.fetch_all(&mut *connection).await?;
    let chains: Vec<_> = chains.into_iter().flatten().collect();
    // Also without any, so that the time does not show whether there are some.
    chains::lock(&mut *connection, &chains).await?;
    let deliveries = sqlx::query(ERASE_DELIVERIES).bind(offset).bind(&ids);
    let deliveries = deliveries.try_map(|row| chain_of(&row, "freed_as"));
    let chains: Vec<_> = deliveries.fetch_all(&mut *connection).await?;
    let deliveries = chains.len().try_into().unwrap_or(u64::MAX);
    let chains: Vec<_> = chains.into_iter().flatten().collect();
    chains::free(&mut *connection, offset, &chains).await?;
    let signals = sqlx::query(ERASE_SIGNALS).bind(&ids);
    let signals = signals.execute(&mut *connection).await?.rows_affected();
    let keep = sqlx::query(ERASE_KEEP).bind(ids);
    keep.execute(connection).await?;
    Ok(Erased {
        signals,
        deliveries,
    })
}

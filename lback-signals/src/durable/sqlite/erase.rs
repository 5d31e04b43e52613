//! Erasing the deliveries of a subject.

use sqlx::SqliteConnection;

use super::chains::{chain_of, free};
use super::json;
use super::statements::{ERASE_DELIVERIES, ERASE_KEEP, ERASE_SIGNALS};
use crate::durable::admin::Erased;

/// Deletes the deliveries of these subjects that wait or are dead, and the signals without deliveries. Clears `keep` of
/// the other signals. Frees the next deliveries of the chains. Returns the numbers of deleted signals and deliveries.
pub(super) async fn erase(
    connection: &mut SqliteConnection,
    offset: i64,
    subjects: &[&str],
) -> Result<Erased, sqlx::Error> {
    let subjects = json(&subjects);
    let deliveries = sqlx::query(ERASE_DELIVERIES).bind(offset).bind(&subjects);
    let deliveries = deliveries.try_map(|row| chain_of(&row, "freed_as"));
    let chains: Vec<_> = deliveries.fetch_all(&mut *connection).await?;
    let deliveries = chains.len().try_into().unwrap_or(u64::MAX);
    let chains: Vec<_> = chains.into_iter().flatten().collect();
    free(&mut *connection, offset, &chains).await?;
    let signals = sqlx::query(ERASE_SIGNALS).bind(&subjects);
    let signals = signals.execute(&mut *connection).await?.rows_affected();
    let keep = sqlx::query(ERASE_KEEP).bind(subjects);
    keep.execute(connection).await?;
    Ok(Erased {
        signals,
        deliveries,
    })
}

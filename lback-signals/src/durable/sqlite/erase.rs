//! Erasing the deliveries of a subject.

use sqlx::SqliteConnection;

use super::chains::{chain_of, free};
use super::json;
use super::statements::{ERASE_DELIVERIES, ERASE_KEEP, ERASE_SIGNALS};

/// Deletes the deliveries of these subjects that wait or are dead, and the signals without deliveries. Clears `keep` of
/// the other signals. Frees the next deliveries of the chains. Returns the number of deleted deliveries.
pub(super) async fn erase(
    connection: &mut SqliteConnection,
    offset: i64,
    subjects: &[&str],
) -> Result<u64, sqlx::Error> {
    let subjects = json(&subjects);
    let deliveries = sqlx::query(ERASE_DELIVERIES).bind(offset).bind(&subjects);
    let deliveries = deliveries.try_map(|row| chain_of(&row, "freed_as"));
    let chains: Vec<_> = deliveries.fetch_all(&mut *connection).await?;
    let erased = chains.len().try_into().unwrap_or(u64::MAX);
    let chains: Vec<_> = chains.into_iter().flatten().collect();
    free(&mut *connection, offset, &chains).await?;
    let signals = sqlx::query(ERASE_SIGNALS).bind(&subjects);
    signals.execute(&mut *connection).await?;
    let keep = sqlx::query(ERASE_KEEP).bind(subjects);
    keep.execute(connection).await?;
    Ok(erased)
}

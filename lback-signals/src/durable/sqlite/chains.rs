//! Freeing parked deliveries.

use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};

use super::json;
use super::statements::{EMPTY_CHAINS, FREE, STUCK};
use crate::durable::chain::Chain;

/// Reads the chain in a row. `None` if the delivery is in none.
pub(super) fn chain_of(row: &SqliteRow, ordered_as: &str) -> Result<Option<Chain>, sqlx::Error> {
    let (ordered_as, key): (Option<String>, _) = (row.try_get(ordered_as)?, row.try_get("key")?);
    Ok(ordered_as
        .zip(key)
        .map(|(ordered_as, key)| Chain { ordered_as, key }))
}

/// Makes the first delivery of each chain due, if it is parked: its head has left the chain. Returns the number of
/// freed deliveries.
pub(super) async fn free(
    connection: &mut SqliteConnection,
    offset: i64,
    chains: &[Chain],
) -> Result<u64, sqlx::Error> {
    let freed = sqlx::query(FREE).bind(offset).bind(list(chains));
    Ok(freed.execute(connection).await?.rows_affected())
}

/// Returns those of these chains that have no delivery.
pub(super) async fn empty(
    connection: &mut SqliteConnection,
    chains: &[Chain],
) -> Result<Vec<Chain>, sqlx::Error> {
    if chains.is_empty() {
        return Ok(Vec::new());
    }
    let empty = sqlx::query(EMPTY_CHAINS).bind(list(chains));
    let empty = empty.try_map(|row| chain_of(&row, "ordered_as"));
    let empty: Vec<_> = empty.fetch_all(connection).await?;
    Ok(empty.into_iter().flatten().collect())
}

fn list(chains: &[Chain]) -> String {
    let chains = chains.iter().map(|it| (&it.ordered_as, &it.key));
    json(&chains.collect::<Vec<_>>())
}

/// Returns the chains whose deliveries are all parked, which only a defect or an edit by hand leaves behind.
pub(super) async fn stuck<'c>(
    connection: impl sqlx::SqliteExecutor<'c>,
) -> Result<Vec<Chain>, sqlx::Error> {
    let stuck = sqlx::query(STUCK).try_map(|row| chain_of(&row, "ordered_as"));
    let stuck: Vec<_> = stuck.fetch_all(connection).await?;
    Ok(stuck.into_iter().flatten().collect())
}

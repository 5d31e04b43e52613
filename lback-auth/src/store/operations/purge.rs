//! Deletes tokens and attempts that no longer count, in rounds.

use super::super::{BEGIN, PURGE, Store, meaning, reading_of_clock};
use super::alone::{self, repeated};
use super::open::Open;
use crate::store::sql::quantity::micros;
use crate::{AttemptTime, StoreError};

/// The most rows of a round, which is a transaction.
///
/// While one is open, all other writers of SQLite wait, for at most 5 s, and in PostgreSQL a statement may
/// take 30 s. A round takes 40 to 60 ms in both, so that a disk may be a hundred times slower. Smaller
/// rounds spend more of the time in commits and pauses.
const ROUND: u32 = 1_000;

/// Deletes all rows that no longer count and returns their number. Rows that a round has deleted stay deleted if
/// a later round fails or the future is dropped.
pub(super) async fn purge(store: &Store, now: AttemptTime) -> Result<u64, StoreError> {
    let now = reading_of_clock(now).map(micros);
    let mut rows = 0;
    for statement in PURGE {
        let mut start = i64::MIN;
        loop {
            let deleted = repeated!(round(store, statement, now, start))?;
            let count = deleted.len() as u64;
            rows += count;
            match deleted.into_iter().max() {
                Some(last) if count == u64::from(ROUND) => start = last,
                _ => break,
            }
            store.pause().await;
        }
    }
    Ok(rows)
}

/// Deletes the first rows from this instant on, and returns the instants of all.
async fn round(
    store: &Store,
    statement: &'static str,
    now: Option<i64>,
    start: i64,
) -> Result<Vec<i64>, StoreError> {
    let _turn = store.turn().await?;
    let mut open = Open::begin(store, BEGIN).await?;
    let deleted = sqlx::query_scalar(statement)
        .bind(now)
        .bind(start)
        .bind(i64::from(ROUND))
        .fetch_all(open.connection());
    let deleted = deleted.await.map_err(meaning)?;
    open.commit().await.map_err(meaning)?;
    Ok(deleted)
}

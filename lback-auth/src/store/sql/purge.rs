//! Deletes tokens and attempts that no longer count, in rounds.

use tokio::time::sleep;

use super::quantity::micros;
use super::value::values;
use super::{Dialect, Open, SqlLedger, row};
use crate::store::repeat::repeated;
use crate::store::{AttemptTime, StoreError};

/// The most rows of a round, which is a transaction.
///
/// While one is open, all other writers of SQLite wait, for at most 5 s, and in PostgreSQL a statement
/// may take 30 s. A round takes 40 to 60 ms in both, so that a disk may be a hundred times slower.
/// Smaller rounds spend more of the time in commits and pauses.
const ROUND: u32 = 1_000;

/// Deletes all rows that no longer count and returns their number. Rows that a round has deleted stay
/// deleted if a later round fails or the future is dropped.
pub(super) async fn purge<D: Dialect>(
    ledger: &SqlLedger<D>,
    now: AttemptTime,
) -> Result<u64, StoreError> {
    let now = D::caller_time(now).map(micros);
    let mut rows = 0;
    for statement in D::PURGE {
        let mut start = i64::MIN;
        loop {
            let deleted = repeated!(round(ledger, statement, now, start))?;
            let count = deleted.len() as u64;
            rows += count;
            match deleted.into_iter().max() {
                Some(last) if count == u64::from(ROUND) => start = last,
                _ => break,
            }
            if let Some(pause) = D::PAUSE {
                sleep(pause).await;
            }
        }
    }
    Ok(rows)
}

/// Deletes the first rows from this instant on, and returns the instants of all.
async fn round<D: Dialect>(
    ledger: &SqlLedger<D>,
    statement: &'static str,
    now: Option<i64>,
    start: i64,
) -> Result<Vec<i64>, StoreError> {
    let _permit = ledger.write_permit().await?;
    let mut open = Open::<D>::begin(ledger.pool(), D::BEGIN).await?;
    let values = values![now, start, i64::from(ROUND)];
    let deleted = D::fetch_all(open.connection(), statement, values).await?;
    open.commit().await?;
    deleted
        .iter()
        .map(|deleted| row::integer::<D>(deleted, "instant"))
        .collect()
}

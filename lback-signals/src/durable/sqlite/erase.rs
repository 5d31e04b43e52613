//! Erasing the deliveries of a subject.

use sqlx::SqliteConnection;

use super::json;
use super::statements::{ERASE_DELIVERIES, ERASE_KEEP, ERASE_SIGNALS};

/// Deletes the deliveries of these subjects that wait or are dead, and the signals without any left. The others are not
/// kept when they are done. Returns the number of deliveries.
pub(super) async fn erase(
    connection: &mut SqliteConnection,
    offset: i64,
    subjects: &[&str],
) -> Result<u64, sqlx::Error> {
    let subjects = json(&subjects);
    let deliveries = sqlx::query(ERASE_DELIVERIES).bind(offset).bind(&subjects);
    let erased = deliveries.execute(&mut *connection).await?.rows_affected();
    let signals = sqlx::query(ERASE_SIGNALS).bind(&subjects);
    signals.execute(&mut *connection).await?;
    let keep = sqlx::query(ERASE_KEEP).bind(subjects);
    keep.execute(connection).await?;
    Ok(erased)
}

//! Erasing the deliveries of a subject.

use sqlx::PgConnection;

use super::statements::{ERASE_DELIVERIES, ERASE_KEEP, ERASE_SIGNALS, LOCK_ERASED};

/// Deletes the deliveries of these subjects that wait or are dead, and the signals without any left. The others are not
/// kept when they are done. Returns the number of deliveries. The transaction has to be READ COMMITTED.
pub(super) async fn erase(
    connection: &mut PgConnection,
    offset: i64,
    subjects: &[&str],
) -> Result<u64, sqlx::Error> {
    let lock = sqlx::query_scalar(LOCK_ERASED).bind(subjects);
    // Others that are committed meanwhile are not locked, so they stay.
    let ids: Vec<String> = lock.fetch_all(&mut *connection).await?;
    let deliveries = sqlx::query(ERASE_DELIVERIES).bind(offset).bind(&ids);
    let erased = deliveries.execute(&mut *connection).await?.rows_affected();
    let signals = sqlx::query(ERASE_SIGNALS).bind(&ids);
    signals.execute(&mut *connection).await?;
    let keep = sqlx::query(ERASE_KEEP).bind(ids);
    keep.execute(connection).await?;
    Ok(erased)
}

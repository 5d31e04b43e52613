//! Erasing the deliveries of a subject.

use sqlx::PgConnection;

use super::statements::{ERASE_DELIVERIES, ERASE_SIGNALS, LOCK_ERASED};

/// Deletes the deliveries of these subjects that wait or are dead, and the signals without any left. The transaction
/// has to be READ COMMITTED.
pub(super) async fn erase(
    connection: &mut PgConnection,
    offset: i64,
    subjects: &[&str],
) -> Result<(), sqlx::Error> {
    let lock = sqlx::query(LOCK_ERASED).bind(subjects);
    lock.execute(&mut *connection).await?;
    let deliveries = sqlx::query(ERASE_DELIVERIES).bind(offset).bind(subjects);
    deliveries.execute(&mut *connection).await?;
    let signals = sqlx::query(ERASE_SIGNALS).bind(subjects);
    signals.execute(connection).await.map(drop)
}

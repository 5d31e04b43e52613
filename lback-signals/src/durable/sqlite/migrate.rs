//! Creating the tables, or changing earlier ones to the version that this program knows.

use sqlx::{SqliteConnection, SqlitePool};

use super::statements::{HAS_SCHEMA, MIGRATE_2, SCHEMA, SCHEMA_VERSION};
use super::write_queue::WriteQueue;
use super::writing::Writing;
use crate::durable::error::OutboxError;

/// The version of the tables. Each change of them raises it.
const VERSION: i64 = 2;

/// Creates or changes the tables, in a transaction of which one runs at a time. Tables that are up to date are only read, so
/// that a program which may not change them can use them.
pub(super) async fn migrate(
    pool: &SqlitePool,
    write_queue: &WriteQueue,
) -> Result<(), OutboxError> {
    let mut reading = pool.acquire().await.map_err(OutboxError::of_database)?;
    if version(&mut reading).await? == VERSION {
        return Ok(());
    }
    drop(reading);
    let mut writing = Writing::begin(pool, write_queue).await?;
    // Another process may have done so while this one waited for the lock.
    let change = match version(writing.connection()).await? {
        0 => SCHEMA,
        1 => MIGRATE_2,
        _ => "",
    };
    if !change.is_empty() {
        let changed = sqlx::raw_sql(change).execute(writing.connection());
        changed.await.map_err(OutboxError::of_database)?;
    }
    writing.commit().await
}

/// Returns the version of the tables, up to the one of this program; 0 if there are none.
async fn version(connection: &mut SqliteConnection) -> Result<i64, OutboxError> {
    let has_schema = sqlx::query_scalar(HAS_SCHEMA).fetch_one(&mut *connection);
    if !has_schema.await.map_err(OutboxError::of_database)? {
        return Ok(0);
    }
    let version = sqlx::query_scalar(SCHEMA_VERSION).fetch_one(connection);
    match version.await.map_err(OutboxError::of_database)? {
        version @ 0..=VERSION => Ok(version),
        found => Err(OutboxError::NewerSchema {
            found,
            known: VERSION,
        }),
    }
}

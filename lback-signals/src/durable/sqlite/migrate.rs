//! Creating the tables, in the version that this program knows.

use sqlx::{SqliteConnection, SqlitePool};

use super::statements::{HAS_SCHEMA, SCHEMA, SCHEMA_VERSION};
use super::write_queue::WriteQueue;
use super::writing::Writing;
use crate::durable::error::OutboxError;

/// The version of the tables. Each change of them raises it.
const VERSION: i64 = 1;

/// Creates the tables, in a transaction of which one runs at a time. Tables that are up to date are only read, so
/// that a program which may not change them can use them.
pub(super) async fn migrate(
    pool: &SqlitePool,
    write_queue: &WriteQueue,
) -> Result<(), OutboxError> {
    let mut reading = pool.acquire().await.map_err(OutboxError::of_database)?;
    if is_up_to_date(&mut reading).await? {
        return Ok(());
    }
    drop(reading);
    let mut writing = Writing::begin(pool, write_queue).await?;
    // Another process may have created them while this one waited for the lock.
    if !is_up_to_date(writing.connection()).await? {
        let create = sqlx::raw_sql(SCHEMA).execute(writing.connection());
        create.await.map_err(OutboxError::of_database)?;
    }
    writing.commit().await
}

/// Returns whether there are the tables of this version; `false` if there are none.
async fn is_up_to_date(connection: &mut SqliteConnection) -> Result<bool, OutboxError> {
    let has_schema = sqlx::query_scalar(HAS_SCHEMA).fetch_one(&mut *connection);
    if !has_schema.await.map_err(OutboxError::of_database)? {
        return Ok(false);
    }
    let version = sqlx::query_scalar(SCHEMA_VERSION).fetch_one(connection);
    match version.await.map_err(OutboxError::of_database)? {
        0 => Ok(false),
        VERSION => Ok(true),
        found => Err(OutboxError::NewerSchema {
            found,
            known: VERSION,
        }),
    }
}

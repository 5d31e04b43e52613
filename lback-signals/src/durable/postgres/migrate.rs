//! Creating the tables, or changing earlier ones to the version that this program knows.

use sqlx::PgConnection;

use super::own_pool::{Access, OwnPool};
use super::statements::{HAS_SCHEMA, LOCK_SCHEMA, MIGRATE_2, SCHEMA, SCHEMA_VERSION};
use crate::durable::error::OutboxError;

/// The version of the tables. Each change of them raises it.
const VERSION: i64 = 2;

/// Creates or changes the tables, in a transaction of which one runs at a time. Tables that are up to date are only read, so
/// that a program which may not change them can use them.
pub(super) async fn migrate(own_pool: &OwnPool) -> Result<(), OutboxError> {
    let mut reading = own_pool.begin(Access::Read).await?;
    let is_there = version(reading.connection()).await? == VERSION;
    reading.commit().await?;
    if is_there {
        return Ok(());
    }
    let mut writing = own_pool.begin(Access::Write).await?;
    let lock = sqlx::raw_sql(LOCK_SCHEMA).execute(writing.connection());
    lock.await.map_err(OutboxError::of_database)?;
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
async fn version(connection: &mut PgConnection) -> Result<i64, OutboxError> {
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

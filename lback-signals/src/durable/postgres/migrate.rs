//! Creating the tables, in the version that this program knows.

use sqlx::PgConnection;

use super::own_pool::{Access, OwnPool};
use super::statements::{HAS_SCHEMA, LOCK_SCHEMA, SCHEMA, SCHEMA_VERSION};
use crate::durable::error::OutboxError;

/// The version of the tables. Each change of them raises it.
const VERSION: i64 = 1;

/// Creates the tables, in a transaction of which one runs at a time. Tables that are up to date are only read, so
/// that a program which may not change them can use them.
pub(super) async fn migrate(own_pool: &OwnPool) -> Result<(), OutboxError> {
    let mut reading = own_pool.begin(Access::Read).await?;
    let is_there = is_up_to_date(reading.connection()).await?;
    reading.commit().await?;
    if is_there {
        return Ok(());
    }
    let mut writing = own_pool.begin(Access::Write).await?;
    let lock = sqlx::raw_sql(LOCK_SCHEMA).execute(writing.connection());
    lock.await.map_err(OutboxError::of_database)?;
    // Another process may have created them while this one waited for the lock.
    if !is_up_to_date(writing.connection()).await? {
        let create = sqlx::raw_sql(SCHEMA).execute(writing.connection());
        create.await.map_err(OutboxError::of_database)?;
    }
    writing.commit().await
}

/// Returns whether there are the tables of this version; `false` if there are none.
async fn is_up_to_date(connection: &mut PgConnection) -> Result<bool, OutboxError> {
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

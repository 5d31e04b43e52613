//! Bringing the tables to the version that this program knows.

use super::super::{BEGIN_MIGRATION, Connection, HAS_SCHEMA, MIGRATIONS, Store, meaning};
use super::open::Open;
use super::row;
use crate::StoreError;
use crate::store::sql::statements::{CREATE_SCHEMA, MIGRATED, SCHEMA_VERSION};

/// Applies what is missing, in one transaction of which there is one at a time. Tables that are up to
/// date are only looked at, so that whoever may not change them can use them.
pub(in crate::store) async fn migrate(store: &Store) -> Result<(), StoreError> {
    if is_up_to_date(store).await? {
        return Ok(());
    }
    let mut open = Open::begin(store, BEGIN_MIGRATION).await?;
    let connection = open.connection();
    // Another process may have been here while this one waited for its turn. PostgreSQL may still say
    // then that there is no such table, of which it has made a note, but does not create it again.
    run(connection, CREATE_SCHEMA).await?;
    for (version, migration) in missing(connection).await? {
        run(connection, migration).await?;
        let migrated = sqlx::query(MIGRATED).bind(version);
        migrated.execute(&mut *connection).await.map_err(meaning)?;
    }
    open.commit().await.map_err(meaning)
}

async fn is_up_to_date(store: &Store) -> Result<bool, StoreError> {
    let mut open = Open::alone(store).await?;
    let connection = open.connection();
    Ok(has_schema(connection).await? && missing(connection).await?.is_empty())
}

async fn has_schema(connection: &mut Connection) -> Result<bool, StoreError> {
    let has_schema = sqlx::query(HAS_SCHEMA).fetch_one(connection).await;
    row::column(&has_schema.map_err(meaning)?, "has_schema")
}

/// What is to be applied, with its version.
async fn missing(connection: &mut Connection) -> Result<Vec<(i64, &'static str)>, StoreError> {
    let version = sqlx::query(SCHEMA_VERSION).fetch_one(connection).await;
    let found: i64 = row::column(&version.map_err(meaning)?, "version")?;
    let all: Vec<_> = (1..).zip(MIGRATIONS.iter().copied()).collect();
    let known = all.last().map_or(0, |(version, _)| *version);
    if found > known {
        return Err(StoreError::NewerSchema { found, known });
    }
    let missing = all.into_iter().filter(|(version, _)| *version > found);
    Ok(missing.collect())
}

async fn run(connection: &mut Connection, sql: &'static str) -> Result<(), StoreError> {
    let done = sqlx::raw_sql(sql).execute(connection).await;
    done.map(drop).map_err(meaning)
}

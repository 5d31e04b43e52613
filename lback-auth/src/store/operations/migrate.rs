//! Creating the tables, in the version that this program knows.

use super::super::{BEGIN_MIGRATION, Connection, HAS_SCHEMA, SCHEMA, Store, meaning};
use super::open::Open;
use super::row;
use crate::StoreError;
use crate::store::sql::statements::{CREATE_SCHEMA, MIGRATED, SCHEMA_VERSION};

/// The version of the tables. Each change of the tables raises it, and each change of `NormalForm`, since the
/// tables hold normal forms.
const VERSION: i64 = 3;

/// Creates the tables, in one transaction of which there is one at a time. Tables that are up to date
/// are only looked at, so that a role that may not change them can use them.
pub(in crate::store) async fn migrate(store: &Store) -> Result<(), StoreError> {
    if has_tables(store).await? {
        return Ok(());
    }
    let mut open = Open::begin(store, BEGIN_MIGRATION).await?;
    let connection = open.connection();
    // Another process may have been here while this one waited for its turn. PostgreSQL may still say
    // then that there is no such table, of which it has made a note, but does not create it again.
    run(connection, CREATE_SCHEMA).await?;
    if !is_up_to_date(connection).await? {
        run(connection, SCHEMA).await?;
        let migrated = sqlx::query(MIGRATED).bind(VERSION);
        migrated.execute(&mut *connection).await.map_err(meaning)?;
    }
    open.commit().await.map_err(meaning)
}

async fn has_tables(store: &Store) -> Result<bool, StoreError> {
    let mut open = Open::read(store).await?;
    let connection = open.connection();
    Ok(has_schema(connection).await? && is_up_to_date(connection).await?)
}

async fn has_schema(connection: &mut Connection) -> Result<bool, StoreError> {
    let has_schema = sqlx::query(HAS_SCHEMA).fetch_one(connection).await;
    row::column(&has_schema.map_err(meaning)?, "has_schema")
}

/// Returns whether there are the tables of this version; `false` if there are none.
async fn is_up_to_date(connection: &mut Connection) -> Result<bool, StoreError> {
    let version = sqlx::query(SCHEMA_VERSION).fetch_one(connection).await;
    let (found, known) = (row::column(&version.map_err(meaning)?, "version")?, VERSION);
    match found {
        0 => Ok(false),
        VERSION => Ok(true),
        1..VERSION => Err(StoreError::OlderSchema { found, known }),
        _ => Err(StoreError::NewerSchema { found, known }),
    }
}

async fn run(connection: &mut Connection, sql: &'static str) -> Result<(), StoreError> {
    let done = sqlx::raw_sql(sql).execute(connection).await;
    done.map(drop).map_err(meaning)
}

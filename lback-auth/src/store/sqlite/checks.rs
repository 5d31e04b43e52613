//! Checks of a database before it is used.

use std::time::Duration;

use sqlx::{SqliteConnection, SqlitePool};
use tokio::time::{Instant, sleep};

use super::TIMEOUT;
use crate::store::StoreError;

/// In-memory and temporary databases have no file.
pub(super) async fn check_file(pool: &SqlitePool) -> Result<(), StoreError> {
    let file = sqlx::query_scalar("SELECT file FROM pragma_database_list WHERE name = 'main'");
    let file: Option<String> = file.fetch_one(pool).await?;
    if file.is_some_and(|file| !file.is_empty()) {
        Ok(())
    } else {
        Err(StoreError::NoFile)
    }
}

pub(super) async fn check_foreign_keys(
    connection: &mut SqliteConnection,
) -> Result<(), StoreError> {
    let is_on = sqlx::query_scalar("PRAGMA foreign_keys").fetch_one(connection);
    if is_on.await? {
        Ok(())
    } else {
        Err(StoreError::ForeignKeysOff)
    }
}

/// The mode stays with the file. While another connection writes in another mode, SQLite fails at once,
/// whatever the busy timeout.
pub(super) async fn use_wal(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let end = Instant::now() + TIMEOUT;
    loop {
        let set = sqlx::raw_sql("PRAGMA journal_mode = WAL").execute(&mut *connection);
        match set.await.map_err(StoreError::from) {
            Ok(_) => return Ok(()),
            Err(StoreError::TimedOut(_)) if Instant::now() < end => {
                sleep(Duration::from_millis(10)).await;
            }
            Err(error) => return Err(error),
        }
    }
}

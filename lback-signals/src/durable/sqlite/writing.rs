//! A transaction that writes to SQLite.

use std::sync::Arc;
use std::time::Duration;

use sqlx::pool::PoolConnection;
use sqlx::sqlite::SqliteTransactionManager as Manager;
use sqlx::{Connection as _, SqlSafeStr as _, Sqlite, SqliteConnection, SqlitePool};
use sqlx_core::transaction::TransactionManager as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::answer::is_already_open;
use crate::durable::error::OutboxError;

/// How long a writer waits for its turn.
const PATIENCE: Duration = Duration::from_secs(5);

/// The one kind that waits for the lock to write when it begins. Any other waits when it writes first, and fails if
/// another connection has written since it read first.
///
/// The first BEGIN fails in a transaction that is open already, such as one that was left on a pooled connection,
/// with an error that only this has. BEGIN IMMEDIATE would take the lock first, and might fail as it does when
/// another connection has the lock.
pub(super) const BEGIN: &str = "BEGIN; ROLLBACK; BEGIN IMMEDIATE";

/// The turns of the writers of this process, in the order of asking.
///
/// SQLite has one writer at a time, and lets the others sleep and look again, for up to 100 ms each time.
#[derive(Clone, Debug)]
pub(super) struct Turns(Arc<Semaphore>);

/// The right to write, until it is dropped.
#[derive(Debug)]
pub(super) struct Turn {
    _permit: OwnedSemaphorePermit,
}

impl Turns {
    pub(super) fn new() -> Self {
        Self(Arc::new(Semaphore::new(1)))
    }

    pub(super) async fn wait(&self) -> Result<Turn, OutboxError> {
        let permit = timeout(PATIENCE, Arc::clone(&self.0).acquire_owned());
        match permit.await {
            Ok(Ok(permit)) => Ok(Turn { _permit: permit }),
            Ok(Err(closed)) => Err(OutboxError::Locked(closed.into())),
            Err(elapsed) => Err(OutboxError::Locked(elapsed.into())),
        }
    }
}

/// A pooled connection in a transaction that writes. Dropping it rolls back, before the connection is used again.
///
/// It does what sqlx's `Transaction` does, and can also use a connection that was returned to the pool in a
/// transaction.
#[derive(Debug)]
pub(super) struct Writing {
    connection: PoolConnection<Sqlite>,
    is_open: bool,
    // After the connection, whose rollback is sent before the next writer's turn.
    _turn: Turn,
}

impl Writing {
    pub(super) async fn begin(pool: &SqlitePool, turns: &Turns) -> Result<Self, OutboxError> {
        let turn = turns.wait().await?;
        let connection = acquire(pool).await.map_err(OutboxError::of_sqlite)?;
        let mut writing = Self {
            connection,
            is_open: true,
            _turn: turn,
        };
        let begun = match writing.send_begin().await {
            Err(error) if is_already_open(&error) => {
                // A transaction that was left open by statements that sqlx does not count.
                run(writing.connection(), "ROLLBACK")
                    .await
                    .map_err(OutboxError::of_sqlite)?;
                writing.send_begin().await
            }
            begun => begun,
        };
        begun.map_err(OutboxError::of_sqlite)?;
        Ok(writing)
    }

    async fn send_begin(&mut self) -> Result<(), sqlx::Error> {
        Manager::begin(&mut self.connection, Some(BEGIN.into_sql_str())).await
    }

    pub(super) fn connection(&mut self) -> &mut SqliteConnection {
        &mut self.connection
    }

    pub(super) async fn commit(mut self) -> Result<(), OutboxError> {
        let committed = Manager::commit(&mut self.connection).await;
        committed.map_err(OutboxError::of_sqlite)?;
        self.is_open = false;
        Ok(())
    }
}

impl Drop for Writing {
    fn drop(&mut self) {
        if self.is_open {
            // One more than the depth does nothing.
            let depth = Manager::get_transaction_depth(&self.connection);
            for _ in 0..depth.max(1) {
                Manager::start_rollback(&mut self.connection);
            }
        }
    }
}

/// Acquires a connection in no transaction that sqlx counts.
async fn acquire(pool: &SqlitePool) -> Result<PoolConnection<Sqlite>, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    if connection.is_in_transaction() {
        // SQLite has ended it on its own, which sqlx does not notice: its rollback fails, unless there is one.
        drop(run(&mut connection, "BEGIN").await);
        while connection.is_in_transaction() {
            if let Err(error) = Manager::rollback(&mut connection).await {
                connection.close_on_drop();
                return Err(error);
            }
        }
    }
    Ok(connection)
}

/// Returns whether SQLite has ended the transaction of this connection, as it does after some errors: later
/// statements are each committed on their own then.
pub(super) async fn has_ended(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    match run(connection, "BEGIN").await {
        Ok(()) => {
            run(connection, "ROLLBACK").await?;
            Ok(true)
        }
        Err(error) if is_already_open(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

async fn run(connection: &mut SqliteConnection, sql: &'static str) -> Result<(), sqlx::Error> {
    sqlx::raw_sql(sql).execute(connection).await.map(drop)
}

//! A connection with a transaction on it.

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;

use super::super::{
    BEGIN_READ, Connection, Database, Store, close_unanswered, is_left_open, meaning,
};
use crate::StoreError;

type Manager = <Database as sqlx::Database>::TransactionManager;

/// A pooled connection, and a transaction that is rolled back if this is dropped before it has ended.
///
/// It does what sqlx's `Transaction` does, except where that is dropped before the database has
/// answered the BEGIN: sqlx counts a transaction when the answer is there, so the one of PostgreSQL
/// would stay open on a connection that goes back to the pool.
#[derive(Debug)]
pub(in crate::store) struct Open {
    connection: PoolConnection<Database>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// There is no answer to the BEGIN yet.
    Unanswered,
    Begun,
    Ended,
}

impl Open {
    /// Begins a transaction with this statement.
    pub(in crate::store) async fn begin(
        store: &Store,
        statement: &'static str,
    ) -> Result<Self, StoreError> {
        let connection = acquire(store).await?;
        let state = State::Unanswered;
        let mut open = Self { connection, state };
        let begun = open.ask(statement).await;
        if begun.as_ref().is_err_and(is_left_open) {
            // A transaction of the application, which shares the pool, was dropped in the same way.
            let rolled_back = sqlx::raw_sql("ROLLBACK").execute(open.connection());
            rolled_back.await.map_err(meaning)?;
            open.ask(statement).await.map_err(meaning)?;
        } else {
            begun.map_err(meaning)?;
        }
        open.state = State::Begun;
        Ok(open)
    }

    /// For an operation that only reads.
    pub(super) async fn read(store: &Store) -> Result<Self, StoreError> {
        Self::begin(store, BEGIN_READ).await
    }

    async fn ask(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        Manager::begin(&mut self.connection, Some(statement.into_sql_str())).await
    }

    pub(in crate::store) fn connection(&mut self) -> &mut Connection {
        &mut self.connection
    }

    /// Whether a savepoint is open that was begun by sqlx, which a commit would release and no more.
    pub(super) fn has_savepoint(&self) -> bool {
        Manager::get_transaction_depth(&self.connection) > 1
    }

    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        Manager::commit(&mut self.connection).await?;
        self.state = State::Ended;
        Ok(())
    }

    pub(super) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        rollback(&mut self.connection).await?;
        self.state = State::Ended;
        Ok(())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        match self.state {
            State::Unanswered => close_unanswered(&mut self.connection),
            // Asked before the connection goes back to the pool.
            State::Begun => {
                let depth = Manager::get_transaction_depth(&self.connection);
                for _ in 0..depth.max(1) {
                    Manager::start_rollback(&mut self.connection);
                }
            }
            State::Ended => {}
        }
    }
}

/// A connection in no transaction that sqlx knows of.
async fn acquire(store: &Store) -> Result<PoolConnection<Database>, StoreError> {
    let mut connection = store.pool.acquire().await.map_err(meaning)?;
    if connection.is_in_transaction() {
        // SQLite may have ended it on its own, which sqlx does not notice: rolling back would fail.
        // Where it has not, this does.
        drop(sqlx::raw_sql("BEGIN").execute(&mut *connection).await);
        if let Err(error) = rollback(&mut connection).await {
            connection.close_on_drop();
            return Err(meaning(error));
        }
    }
    Ok(connection)
}

/// All of it, with its savepoints.
async fn rollback(connection: &mut Connection) -> Result<(), sqlx::Error> {
    while connection.is_in_transaction() {
        Manager::rollback(connection).await?;
    }
    Ok(())
}

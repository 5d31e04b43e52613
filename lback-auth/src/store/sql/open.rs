//! A connection with a transaction on it.

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Database, Pool, SqlSafeStr as _};
use sqlx_core::transaction::TransactionManager as _;
use tokio::runtime::Handle;

use super::Dialect;
use crate::store::StoreError;

type Manager<D> = <D as Database>::TransactionManager;

/// A pooled connection with a transaction. Dropping it before the end rolls back.
///
/// It does what sqlx's `Transaction` does, except where that is dropped before the database has
/// answered the BEGIN: sqlx counts a transaction when the answer is there, so the one of PostgreSQL
/// would stay open on a connection that goes back to the pool.
#[derive(Debug)]
pub struct Open<D: Dialect> {
    connection: PoolConnection<D>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    /// The BEGIN is not answered yet.
    Unanswered,
    Begun,
    Ended,
}

impl<D: Dialect> Open<D> {
    /// Begins a transaction with this statement.
    pub(in crate::store) async fn begin(
        pool: &Pool<D>,
        statement: &'static str,
    ) -> Result<Self, StoreError> {
        let connection = acquire(pool).await?;
        let state = State::Unanswered;
        let mut open = Self { connection, state };
        let begun = open.send_begin(statement).await;
        if begun.as_ref().is_err_and(D::is_already_open) {
            // A transaction of the application, which shares the pool, was dropped in the same way.
            D::run(open.connection(), "ROLLBACK").await?;
            open.send_begin(statement).await?;
        } else {
            begun?;
        }
        open.state = State::Begun;
        Ok(open)
    }

    async fn send_begin(&mut self, statement: &'static str) -> Result<(), sqlx::Error> {
        Manager::<D>::begin(&mut self.connection, Some(statement.into_sql_str())).await
    }

    pub(in crate::store) fn connection(&mut self) -> &mut D::Connection {
        &mut self.connection
    }

    /// Returns whether a savepoint of sqlx is open, of which a commit would release no more than this.
    pub(super) fn has_savepoint(&self) -> bool {
        Manager::<D>::get_transaction_depth(&self.connection) > 1
    }

    pub(super) async fn commit(mut self) -> Result<(), sqlx::Error> {
        Manager::<D>::commit(&mut self.connection).await?;
        self.state = State::Ended;
        Ok(())
    }

    pub(super) async fn rollback(mut self) -> Result<(), sqlx::Error> {
        rollback::<D>(&mut self.connection).await?;
        self.state = State::Ended;
        Ok(())
    }
}

impl<D: Dialect> Drop for Open<D> {
    fn drop(&mut self) {
        match self.state {
            State::Unanswered => D::close_unanswered(&mut self.connection),
            // The ROLLBACK is sent before the connection goes back to the pool.
            State::Begun => {
                let depth = Manager::<D>::get_transaction_depth(&self.connection);
                for _ in 0..depth.max(1) {
                    Manager::<D>::start_rollback(&mut self.connection);
                }
            }
            State::Ended => {}
        }
    }
}

/// A pooled connection whose last message is not answered yet.
///
/// The message may have run in part, such as its BEGIN, so dropping this value spawns a task that rolls back. It does
/// not close the connection, since an in-memory database would be lost. Outside a tokio runtime, no task can run, and
/// the connection is closed.
#[derive(Debug)]
pub(super) struct Unanswered<D: Dialect> {
    /// `None` once the connection is returned.
    connection: Option<PoolConnection<D>>,
}

impl<D: Dialect> Unanswered<D> {
    pub(super) async fn acquire(pool: &Pool<D>) -> Result<Self, StoreError> {
        let connection = Some(acquire(pool).await?);
        Ok(Self { connection })
    }

    pub(super) fn connection(&mut self) -> &mut D::Connection {
        self.connection
            .as_mut()
            .expect("the connection is taken only by `answered` and `drop`")
    }

    /// Returns the connection to the pool.
    pub(super) fn answered(mut self) {
        self.connection = None;
    }
}

impl<D: Dialect> Drop for Unanswered<D> {
    fn drop(&mut self) {
        let Some(mut connection) = self.connection.take() else {
            return;
        };
        let Ok(runtime) = Handle::try_current() else {
            connection.close_on_drop();
            return;
        };
        runtime.spawn(async move {
            // An error means that no transaction was open.
            drop(D::run(&mut connection, "ROLLBACK").await);
        });
    }
}

/// Acquires a connection in no transaction that sqlx knows of.
async fn acquire<D: Dialect>(pool: &Pool<D>) -> Result<PoolConnection<D>, StoreError> {
    let mut connection = pool.acquire().await?;
    if connection.is_in_transaction() {
        // SQLite may have ended it on its own, which sqlx does not notice: rolling back would fail.
        // Where it has not, this does.
        drop(D::run(&mut connection, "BEGIN").await);
        if let Err(error) = rollback::<D>(&mut connection).await {
            connection.close_on_drop();
            return Err(error.into());
        }
    }
    Ok(connection)
}

/// Rolls back the whole transaction, with its savepoints.
async fn rollback<D: Dialect>(connection: &mut D::Connection) -> Result<(), sqlx::Error> {
    while connection.is_in_transaction() {
        Manager::<D>::rollback(connection).await?;
    }
    Ok(())
}

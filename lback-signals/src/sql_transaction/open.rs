//! A connection with a transaction on it.

use sqlx::pool::PoolConnection;
use sqlx::{Connection as _, Database, SqlSafeStr as _, SqlStr};
use sqlx_core::transaction::{
    TransactionManager as _, begin_ansi_transaction_sql, rollback_ansi_transaction_sql,
};
use tokio::runtime::Handle;

use super::database::{Kind, SignalDatabase};
use super::error::TransactionError;
use super::{postgres, sqlite};

type Manager<DB> = <DB as Database>::TransactionManager;

/// A connection with a transaction. Dropping it rolls back.
///
/// Each of its futures is to be polled to its end, in a task: sqlx counts a transaction when the answer is there, so
/// one whose BEGIN was dropped would stay open on a connection that goes back to the pool, and a dropped savepoint
/// would roll back the whole transaction.
pub(crate) struct OpenTransaction<DB: SignalDatabase> {
    /// `None` while it is dropped.
    connection: Option<Held<DB>>,
    runtime: Handle,
}

enum Held<DB: Database> {
    Pooled(PoolConnection<DB>),
    Adopted(sqlx::Transaction<'static, DB>),
}

impl<DB: Database> Held<DB> {
    fn get(&self) -> &DB::Connection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Adopted(transaction) => transaction,
        }
    }

    fn get_mut(&mut self) -> &mut DB::Connection {
        match self {
            Self::Pooled(connection) => connection,
            Self::Adopted(transaction) => transaction,
        }
    }
}

impl<DB: SignalDatabase> OpenTransaction<DB> {
    /// The statement that begins a transaction.
    pub(crate) fn default_begin() -> SqlStr {
        match Kind::of::<DB>() {
            Kind::Sqlite => sqlite::BEGIN.into_sql_str(),
            Kind::Postgres => postgres::BEGIN.into_sql_str(),
        }
    }

    /// Begins a transaction with this statement. A transaction that was left open on the connection is rolled back
    /// first.
    pub(crate) async fn begin(
        mut connection: PoolConnection<DB>,
        statement: SqlStr,
        runtime: Handle,
    ) -> sqlx::Result<Self> {
        if let Err(error) = begin::<DB>(&mut connection, &statement).await {
            if Kind::of::<DB>() == Kind::Postgres {
                // A transaction of which sqlx does not know may be open.
                connection.close_on_drop();
            }
            return Err(error);
        }
        Ok(Self {
            connection: Some(Held::Pooled(connection)),
            runtime,
        })
    }

    /// Takes over a transaction of sqlx. Fails if it is a savepoint, whose commit would commit nothing.
    pub(super) fn adopt(
        transaction: sqlx::Transaction<'static, DB>,
        runtime: Handle,
    ) -> Result<Self, TransactionError> {
        if Manager::<DB>::get_transaction_depth(&transaction) != 1 {
            return Err(TransactionError::Savepoint);
        }
        Ok(Self {
            connection: Some(Held::Adopted(transaction)),
            runtime,
        })
    }

    pub(crate) fn connection(&mut self) -> &mut DB::Connection {
        match &mut self.connection {
            Some(held) => held.get_mut(),
            None => unreachable!("the connection is taken only on drop"),
        }
    }

    /// Returns 1 for the transaction, and one more for each savepoint, as far as sqlx knows.
    pub(super) fn depth(&self) -> usize {
        self.connection
            .as_ref()
            .map_or(0, |held| Manager::<DB>::get_transaction_depth(held.get()))
    }

    /// Checks that the transaction, or the savepoint of this depth, has not ended. In SQLite this waits for what sqlx
    /// does in its thread, such as the rollback of a savepoint that was dropped.
    pub(super) async fn check(&mut self, depth: usize) -> Result<(), TransactionError> {
        if Kind::of::<DB>() == Kind::Sqlite {
            let checked = sqlite::check_open::<DB>(self.connection()).await;
            if matches!(checked, Err(TransactionError::RolledBackBySqlite)) {
                self.roll_back().await?;
            }
            return checked;
        }
        if self.depth() < depth {
            return Err(TransactionError::Ended);
        }
        Ok(())
    }

    /// Fails if a COMMIT would commit nothing without an error. Returns the id of the transaction in PostgreSQL.
    ///
    /// In SQLite a COMMIT is an error where no transaction is open, and a failed statement leaves nothing behind.
    pub(super) async fn check_before_commit(&mut self) -> sqlx::Result<Option<String>> {
        match Kind::of::<DB>() {
            Kind::Sqlite => Ok(None),
            Kind::Postgres => {
                DB::__fetch_text(self.connection(), postgres::CHECK.into_sql_str()).await
            }
        }
    }

    pub(super) async fn set_savepoint(&mut self) -> sqlx::Result<()> {
        Manager::<DB>::begin(self.connection(), None).await
    }

    /// Commits, or releases the innermost savepoint.
    pub(crate) async fn commit(&mut self) -> sqlx::Result<()> {
        Manager::<DB>::commit(self.connection()).await
    }

    /// Rolls back the savepoints above this depth.
    pub(super) async fn roll_back_to(&mut self, depth: usize) -> sqlx::Result<()> {
        while self.depth() > depth {
            let rollback = rollback_ansi_transaction_sql(self.depth());
            DB::__execute(self.connection(), rollback).await?;
            self.commit().await?;
        }
        Ok(())
    }

    /// Rolls back the whole transaction.
    pub(super) async fn roll_back(&mut self) -> sqlx::Result<()> {
        roll_back::<DB>(self.connection()).await
    }
}

impl<DB: SignalDatabase> Drop for OpenTransaction<DB> {
    fn drop(&mut self) {
        // sqlx gives a connection back to its pool in a task.
        let _context = self.runtime.enter();
        let Some(mut held) = self.connection.take() else {
            return;
        };
        let depth = Manager::<DB>::get_transaction_depth(held.get());
        if depth == 0 {
            return;
        }
        for _ in 0..depth {
            Manager::<DB>::start_rollback(held.get_mut());
        }
        self.runtime.spawn(async move {
            // It still is in a transaction for sqlx if SQLite has rolled back on its own.
            if roll_back::<DB>(held.get_mut()).await.is_err()
                && let Held::Pooled(connection) = &mut held
            {
                connection.close_on_drop();
            }
        });
    }
}

async fn begin<DB: SignalDatabase>(
    connection: &mut DB::Connection,
    statement: &SqlStr,
) -> sqlx::Result<()> {
    if connection.is_in_transaction() {
        roll_back::<DB>(connection).await?;
    }
    let (statement, is_already_open): (_, fn(&sqlx::Error) -> bool) = match Kind::of::<DB>() {
        Kind::Sqlite => (sqlite::begin(statement), sqlite::is_already_open),
        Kind::Postgres => (postgres::begin(statement), postgres::is_already_open),
    };
    let begun = Manager::<DB>::begin(connection, Some(statement.clone())).await;
    if begun.as_ref().is_err_and(is_already_open) {
        DB::__execute(connection, "ROLLBACK".into_sql_str()).await?;
        return Manager::<DB>::begin(connection, Some(statement)).await;
    }
    begun
}

/// Rolls back the whole transaction, even if SQLite has done so on its own, which sqlx does not notice.
async fn roll_back<DB: SignalDatabase>(connection: &mut DB::Connection) -> sqlx::Result<()> {
    connection.ping().await?;
    if !connection.is_in_transaction() {
        return Ok(());
    }
    if Kind::of::<DB>() == Kind::Sqlite
        && DB::__execute(connection, "BEGIN".into_sql_str())
            .await
            .is_ok()
    {
        for depth in 1..Manager::<DB>::get_transaction_depth(connection) {
            DB::__execute(connection, begin_ansi_transaction_sql(depth)).await?;
        }
    }
    while connection.is_in_transaction() {
        Manager::<DB>::rollback(connection).await?;
    }
    Ok(())
}

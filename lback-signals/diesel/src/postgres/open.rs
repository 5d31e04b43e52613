//! A connection with a transaction, and its savepoints.

use std::num::NonZeroU32;
use std::pin::pin;
use std::task::{Context, Waker};

use diesel::QueryResult;
use diesel::connection::{TransactionDepthChange, TransactionManagerStatus};
use diesel::result::Error as DieselError;
use diesel_async::{
    AnsiTransactionManager, AsyncPgConnection, SimpleAsyncConnection as _, TransactionManager as _,
};
use lback_signals::Transaction;

use crate::current::{Current, innermost};
use crate::error::TransactionError;

type Manager = AnsiTransactionManager;

/// A connection with a transaction, or with a savepoint. Dropping it rolls it back.
///
/// Diesel's own `begin_transaction` would mark the connection as broken if its future is dropped. Here each future may
/// be: its statement is sent by the first poll, and the server executes statements in the order in which they are
/// sent.
pub(super) struct Open<'c> {
    pub(super) connection: &'c mut AsyncPgConnection,
    /// The number of transactions around it: 0 for the outermost one.
    outer: u32,
    /// Whether its end was sent.
    has_ended: bool,
}

impl<'c> Open<'c> {
    /// Begins the transaction, or sets a savepoint in the transaction of this depth.
    pub(super) async fn begin(
        connection: &'c mut AsyncPgConnection,
        outer: u32,
    ) -> QueryResult<Self> {
        let mut open = Self {
            connection,
            outer,
            has_ended: false,
        };
        let statement = match outer {
            0 => "BEGIN".to_owned(),
            outer => format!("SAVEPOINT lback_savepoint_{outer}"),
        };
        let begun = open.connection.batch_execute(&statement).await;
        // Where no savepoint was set, none is to be rolled back.
        open.has_ended = begun.is_err();
        begun?;
        match Manager::transaction_manager_status_mut(open.connection) {
            TransactionManagerStatus::Valid(status) => {
                status.change_transaction_depth(TransactionDepthChange::IncreaseDepth)?;
            }
            TransactionManagerStatus::InError => return Err(DieselError::BrokenTransactionManager),
        }
        Ok(open)
    }

    /// Checks that it has not ended, and rolls back savepoints that Diesel has left in it, such as that of a future that
    /// was dropped.
    pub(super) async fn check(&mut self) -> QueryResult<()> {
        let (depth, own) = (depth(self.connection)?, self.outer + 1);
        if depth < own {
            return Err(TransactionError::Ended.into());
        }
        if depth > own {
            let rollback = format!("ROLLBACK TO SAVEPOINT diesel_savepoint_{own}");
            self.connection.batch_execute(&rollback).await?;
            set_depth(self.connection, own);
        }
        Ok(())
    }

    /// Commits the transaction, or releases the savepoint.
    pub(super) async fn commit(&mut self) -> QueryResult<()> {
        let commit = match self.outer {
            0 => "COMMIT".to_owned(),
            outer => format!("RELEASE SAVEPOINT lback_savepoint_{outer}"),
        };
        self.has_ended = true;
        self.connection.batch_execute(&commit).await
    }

    pub(super) async fn roll_back(mut self) {
        self.has_ended = true;
        // A connection that is broken has rolled back.
        drop(self.connection.batch_execute(&rollback(self.outer)).await);
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        if !self.has_ended {
            send(self.connection, &rollback(self.outer));
        }
        set_depth(self.connection, self.outer);
    }
}

fn rollback(outer: u32) -> String {
    match outer {
        0 => "ROLLBACK".to_owned(),
        outer => format!(
            "ROLLBACK TO SAVEPOINT lback_savepoint_{outer}; RELEASE SAVEPOINT lback_savepoint_{outer}"
        ),
    }
}

/// Sends a statement, and does not wait for its answer.
fn send(connection: &mut AsyncPgConnection, sql: &str) {
    let statement = pin!(connection.batch_execute(sql));
    let mut context = Context::from_waker(Waker::noop());
    drop(statement.poll(&mut context));
}

/// Returns 0 outside of a transaction, 1 in it, and one more in each savepoint.
pub(super) fn depth(connection: &mut AsyncPgConnection) -> QueryResult<u32> {
    let status = Manager::transaction_manager_status_mut(connection);
    Ok(status.transaction_depth()?.map_or(0, NonZeroU32::get))
}

/// Tells Diesel that the transactions above this depth have ended.
fn set_depth(connection: &mut AsyncPgConnection, depth: u32) {
    let status = Manager::transaction_manager_status_mut(connection);
    if depth == 0 {
        *status = TransactionManagerStatus::default();
        return;
    }
    if let TransactionManagerStatus::Valid(status) = status {
        while status.transaction_depth().map_or(0, NonZeroU32::get) > depth
            && status
                .change_transaction_depth(TransactionDepthChange::DecreaseDepth)
                .is_ok()
        {}
    }
}

/// Calls a function in a savepoint of the transaction of this depth.
pub(super) async fn nested<T, E, F>(
    connection: &mut AsyncPgConnection,
    depth: u32,
    body: F,
) -> Result<T, E>
where
    F: AsyncFnOnce(&mut AsyncPgConnection) -> Result<T, E>,
    E: From<DieselError>,
{
    let outer = innermost(connection).ok_or(TransactionError::BegunByDiesel);
    let outer = outer.map_err(DieselError::from)?;
    let transaction = outer.nested();
    let context = transaction.__context();
    let mut signals = NestedSignals {
        transaction: Some(transaction),
        is_released: false,
    };
    // Dropped before the signals.
    let mut open = Open::begin(connection, depth).await?;
    let current = Current::nested(open.connection, context.clone());
    let result = context.run(body(open.connection)).await;
    drop(current);
    let error = match result {
        Ok(value) => {
            open.check().await?;
            signals.is_released = true;
            let Err(error) = open.commit().await else {
                return Ok(value);
            };
            signals.is_released = false;
            error.into()
        }
        Err(error) => error,
    };
    open.roll_back().await;
    Err(error)
}

/// The signals of a savepoint. Dropping them rolls them back, or commits them if the release of the savepoint was sent:
/// it fails only in a transaction that cannot be committed either.
struct NestedSignals {
    /// `None` while they are dropped.
    transaction: Option<Transaction>,
    is_released: bool,
}

impl Drop for NestedSignals {
    fn drop(&mut self) {
        if self.is_released
            && let Some(transaction) = self.transaction.take()
        {
            transaction.commit();
        }
    }
}

//! The connection of a transaction and its savepoints, between the operations of their owners.

use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use super::database::{BoxFuture, Kind, SignalDatabase};
use super::error::TransactionError;
use super::open::OpenTransaction;
use super::task::{joined, spawn};
use crate::report::Report;
use crate::transaction::Transaction;

/// A connection with a transaction, on which operations run in tasks that are not cancelled.
///
/// Dropping the future of an operation leaves it running. The next one waits for it, and rolls back the savepoints
/// whose owners are gone.
pub(super) struct Session<DB: SignalDatabase> {
    state: State<DB>,
    runtime: Handle,
    /// Whether the application has had the connection since the last check.
    needs_check: bool,
}

enum State<DB: SignalDatabase> {
    Idle(OpenTransaction<DB>),
    Busy(JoinHandle<OpenTransaction<DB>>),
    /// The runtime ended during an operation.
    Lost,
}

impl<DB: SignalDatabase> Session<DB> {
    pub(super) fn new(open: OpenTransaction<DB>, runtime: Handle) -> Self {
        Self {
            state: State::Idle(open),
            runtime,
            needs_check: false,
        }
    }

    pub(super) fn runtime(&self) -> &Handle {
        &self.runtime
    }

    /// Returns the connection for statements of the application at this depth.
    pub(super) async fn rows(
        &mut self,
        depth: usize,
    ) -> Result<&mut DB::Connection, TransactionError> {
        self.at_depth(depth).await?;
        // A statement may fail in such a way that SQLite rolls back.
        self.needs_check = Kind::of::<DB>() == Kind::Sqlite;
        Ok(self.idle().await?.connection())
    }

    /// Returns the connection at this depth: waits for the running operation, checks that the transaction has not
    /// ended, and rolls back the savepoints above.
    pub(super) async fn at_depth(
        &mut self,
        depth: usize,
    ) -> Result<&mut OpenTransaction<DB>, TransactionError> {
        if self.needs_check || self.idle().await?.depth() != depth {
            self.perform(move |open| {
                Box::pin(async move {
                    open.check(depth).await?;
                    Ok::<_, TransactionError>(open.roll_back_to(depth).await?)
                })
            })
            .await??;
            self.needs_check = false;
        }
        self.idle().await
    }

    /// Sets a savepoint at this depth.
    pub(super) async fn set_savepoint(&mut self, depth: usize) -> Result<(), TransactionError> {
        self.at_depth(depth).await?;
        Ok(self
            .perform(|open| Box::pin(open.set_savepoint()))
            .await??)
    }

    /// Releases the savepoint of this depth, and commits the nested transaction of its signals.
    pub(super) async fn release(
        &mut self,
        depth: usize,
        signals: Transaction,
    ) -> Result<Report, TransactionError> {
        self.at_depth(depth).await?;
        self.perform(|open| {
            Box::pin(async {
                open.commit().await?;
                Ok(signals.commit())
            })
        })
        .await?
    }

    /// Rolls back the savepoint of this depth, then the nested transaction of its signals.
    pub(super) async fn roll_back(
        &mut self,
        depth: usize,
        signals: Transaction,
    ) -> Result<Report, TransactionError> {
        self.at_depth(depth).await?;
        self.perform(move |open| {
            Box::pin(async move {
                open.roll_back_to(depth - 1).await?;
                Ok(signals.rollback())
            })
        })
        .await?
    }

    /// Returns the connection, after the running operation.
    pub(super) async fn into_open(mut self) -> Result<OpenTransaction<DB>, TransactionError> {
        self.take_idle().await
    }

    /// Runs an operation in a task.
    async fn perform<T, O>(&mut self, operation: O) -> Result<T, TransactionError>
    where
        T: Send + 'static,
        O: FnOnce(&mut OpenTransaction<DB>) -> BoxFuture<'_, T> + Send + 'static,
    {
        let mut open = self.take_idle().await?;
        let (sender, receiver) = oneshot::channel();
        self.state = State::Busy(spawn(&self.runtime, async move {
            // Without a receiver, the result is dropped.
            drop(sender.send(operation(&mut open).await));
            open
        }));
        self.idle().await?;
        receiver.await.map_err(|_| TransactionError::RuntimeEnded)
    }

    async fn idle(&mut self) -> Result<&mut OpenTransaction<DB>, TransactionError> {
        if let State::Busy(task) = &mut self.state {
            let open = task.await;
            self.state = State::Lost;
            self.state = joined(open).map_or(State::Lost, State::Idle);
        }
        match &mut self.state {
            State::Idle(open) => Ok(open),
            State::Busy(_) | State::Lost => Err(TransactionError::RuntimeEnded),
        }
    }

    async fn take_idle(&mut self) -> Result<OpenTransaction<DB>, TransactionError> {
        self.idle().await?;
        match std::mem::replace(&mut self.state, State::Lost) {
            State::Idle(open) => Ok(open),
            State::Busy(_) | State::Lost => Err(TransactionError::RuntimeEnded),
        }
    }
}

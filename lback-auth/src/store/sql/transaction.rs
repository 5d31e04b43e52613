//! A transaction of the store, and how it ends.

use lback_signals::CommitOutcome;
use tokio::sync::OwnedSemaphorePermit;

use super::{Dialect, Open};
use crate::store::StoreError;

/// A transaction of a SQL store: `SqliteTransaction` or `PostgresTransaction`.
///
/// Dropping it rolls it back.
#[derive(Debug)]
pub struct SqlTransaction<D: Dialect> {
    open: Open<D>,
    /// Operations that have started and not finished.
    unfinished: u32,
    /// Whether user code has had the connection since the last check.
    needs_check: bool,
    /// The last field, so that the permit is released after the transaction.
    _permit: Option<OwnedSemaphorePermit>,
}

impl<D: Dialect> SqlTransaction<D> {
    pub(super) fn new(open: Open<D>, permit: Option<OwnedSemaphorePermit>) -> Self {
        Self {
            open,
            unfinished: 0,
            needs_check: false,
            _permit: permit,
        }
    }

    /// Returns the connection, for rows of the application that are committed with the accounts.
    ///
    /// Leave beginning and ending the transaction to the store. If SQLite or sqlx ends it, the store
    /// refuses each further operation and the commit. In PostgreSQL, only the commit notices a `COMMIT`
    /// or `ROLLBACK` that the application runs as a statement: operations before are committed one by one.
    pub fn connection(&mut self) -> &mut D::Connection {
        self.needs_check = true;
        self.open.connection()
    }

    /// Checks that all operations have finished and that the transaction is still open.
    ///
    /// It is not open if the application dropped a savepoint before the database had answered, since
    /// sqlx then rolls back the whole transaction, or if SQLite rolled back because of an error. Further
    /// statements would be committed one by one.
    async fn check(&mut self) -> Result<(), StoreError> {
        if self.unfinished > 0 {
            let reason = "an earlier operation of this transaction failed or was dropped: roll the transaction back";
            return Err(StoreError::Refused(reason.into()));
        }
        if self.needs_check {
            self.unfinished += 1;
            if D::has_ended(self.open.connection()).await? {
                let reason =
                    "a statement of the application ended this transaction: begin a new one";
                return Err(StoreError::Refused(reason.into()));
            }
            self.unfinished -= 1;
            self.needs_check = false;
        }
        Ok(())
    }

    pub(super) async fn start_operation(&mut self) -> Result<&mut D::Connection, StoreError> {
        self.check().await?;
        self.unfinished += 1;
        Ok(self.open.connection())
    }

    pub(super) fn finish_operation(&mut self) {
        self.unfinished -= 1;
    }

    /// Commits. An early return drops the transaction, which rolls it back.
    pub(super) async fn commit(mut self) -> CommitOutcome<StoreError> {
        if let Err(error) = self.check().await {
            return CommitOutcome::RolledBack(error);
        }
        let mut open = self.open;
        if open.has_savepoint() {
            let reason = "a savepoint of this transaction is still open: release it or roll it back before the commit";
            return CommitOutcome::RolledBack(StoreError::Refused(reason.into()));
        }
        if let Some(check) = D::BEFORE_COMMIT
            && let Err(error) = D::run(open.connection(), check).await
        {
            return CommitOutcome::RolledBack(error.into());
        }
        match open.commit().await {
            Ok(()) => CommitOutcome::Committed,
            Err(error) if D::is_commit_refused(&error) => CommitOutcome::RolledBack(error.into()),
            Err(error) => CommitOutcome::Unknown(error.into()),
        }
    }

    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        Ok(self.open.rollback().await?)
    }
}

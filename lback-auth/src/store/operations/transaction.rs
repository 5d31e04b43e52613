//! How a transaction of the store is used, and how it ends.

use lback_signals::CommitOutcome;

use super::super::{BEFORE_COMMIT, Connection, Transaction, is_gone, meaning, says_no};
use super::open::Open;
use crate::StoreError;

/// An [`Open`] transaction, of which is known whether all that it was asked has come to an answer.
#[derive(Debug)]
pub(in crate::store) struct Checked {
    open: Open,
    /// How many operations have begun and not come to an answer.
    unanswered: u32,
    /// Whether the application has had the connection since it was looked at.
    is_lent: bool,
}

impl Checked {
    pub(in crate::store) fn new(open: Open) -> Self {
        Self {
            open,
            unanswered: 0,
            is_lent: false,
        }
    }

    /// The connection, for statements of the application.
    pub(in crate::store) fn lend(&mut self) -> &mut Connection {
        self.is_lent = true;
        self.open.connection()
    }

    /// Whether all has come to an answer so far, and the transaction is still there.
    ///
    /// It is not if the application dropped a savepoint before the database had answered that, since
    /// sqlx then rolls all of it back; nor if an error was such that SQLite did. Further statements
    /// would be committed one by one.
    async fn check(&mut self) -> Result<(), StoreError> {
        if self.unanswered > 0 {
            let reason = "an operation of this transaction has failed, or was not waited for";
            return Err(StoreError::Refused(reason.into()));
        }
        if self.is_lent {
            self.unanswered += 1;
            if is_gone(self.open.connection()).await.map_err(meaning)? {
                let reason = "this transaction was rolled back by a statement of the application";
                return Err(StoreError::Refused(reason.into()));
            }
            self.unanswered -= 1;
            self.is_lent = false;
        }
        Ok(())
    }
}

impl Transaction {
    /// The connection, for one operation that has to come to an answer.
    pub(super) async fn start(&mut self) -> Result<&mut Connection, StoreError> {
        self.checked.check().await?;
        self.checked.unanswered += 1;
        Ok(self.checked.open.connection())
    }

    /// The answer of the operation that was started last.
    pub(super) fn finish<T>(&mut self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if answer.is_ok() {
            self.checked.unanswered -= 1;
        }
        answer
    }

    /// What is returned from early is dropped, and so rolled back.
    pub(super) async fn commit(mut self) -> CommitOutcome<StoreError> {
        if let Err(error) = self.checked.check().await {
            return CommitOutcome::RolledBack(error);
        }
        let mut open = self.checked.open;
        if open.has_savepoint() {
            let reason = "a savepoint of this transaction is still open";
            return CommitOutcome::RolledBack(StoreError::Refused(reason.into()));
        }
        if let Some(check) = BEFORE_COMMIT
            && let Err(error) = sqlx::raw_sql(check).execute(open.connection()).await
        {
            return CommitOutcome::RolledBack(meaning(error));
        }
        match open.commit().await {
            Ok(()) => CommitOutcome::Committed,
            Err(error) if says_no(&error) => CommitOutcome::RolledBack(meaning(error)),
            Err(error) => CommitOutcome::Unknown(meaning(error)),
        }
    }

    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        self.checked.open.rollback().await.map_err(meaning)
    }
}

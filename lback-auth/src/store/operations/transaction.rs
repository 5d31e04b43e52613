//! How a transaction ends.

use lback_signals::CommitOutcome;

use super::super::{BEFORE_COMMIT, Connection, Transaction, meaning, says_no};
use crate::StoreError;

impl Transaction {
    /// The connection, for one operation that has to come to an answer.
    pub(super) fn start(&mut self) -> &mut Connection {
        self.unanswered += 1;
        &mut self.inner
    }

    /// The answer of the operation that was started last.
    pub(super) fn finish<T>(&mut self, answer: Result<T, StoreError>) -> Result<T, StoreError> {
        if answer.is_ok() {
            self.unanswered -= 1;
        }
        answer
    }

    pub(super) async fn commit(mut self) -> CommitOutcome<StoreError> {
        // What was returned from here is dropped, and so rolled back.
        if self.unanswered > 0 {
            let reason = "an operation of this transaction has failed, or was not waited for";
            return CommitOutcome::RolledBack(StoreError::Refused(reason.into()));
        }
        if let Some(check) = BEFORE_COMMIT
            && let Err(error) = sqlx::raw_sql(check).execute(&mut *self.inner).await
        {
            return CommitOutcome::RolledBack(meaning(error));
        }
        match self.inner.commit().await {
            Ok(()) => CommitOutcome::Committed,
            Err(error) if says_no(&error) => CommitOutcome::RolledBack(meaning(error)),
            Err(error) => CommitOutcome::Unknown(meaning(error)),
        }
    }

    pub(super) async fn rollback(self) -> Result<(), StoreError> {
        self.inner.rollback().await.map_err(meaning)
    }
}

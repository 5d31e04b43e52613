//! Deactivation, reactivation and deletion of accounts.

use super::event::FlowEvent;
use super::{Accounts, AccountsError, AccountsTransaction, SessionEndReason, without_transaction};
use crate::hasher::Hasher;
use crate::session::SessionEpoch;
use crate::store::{AccountStore, EndSessions};
use crate::user_id::UserId;

impl<S: AccountStore> Accounts<S> {
    /// Deactivates an account, and ends its sessions and tokens. They do not become valid again when it is
    /// reactivated.
    ///
    /// # Errors
    ///
    /// Returns [`NoSuchAccount`](AccountsError::NoSuchAccount), [`Entropy`](AccountsError::Entropy),
    /// [`Store`](AccountsError::Store), [`NotEnqueued`](AccountsError::NotEnqueued) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserSessionEnded`](crate::UserSessionEnded) for each session, and
    /// [`UserDeactivated`](crate::UserDeactivated).
    pub async fn deactivate(&self, id: &UserId) -> Result<(), AccountsError> {
        without_transaction(async {
            let mut transaction = self.begin().await?;
            let done = self.deactivate_in(&mut transaction, id).await;
            transaction.finish(done).await.map(drop)
        })
        .await
    }

    /// Runs [`deactivate`](Self::deactivate) in a transaction.
    ///
    /// # Errors
    ///
    /// As for `deactivate`, except for `NotEnqueued` and `CommitUnknown`, which the commit returns.
    pub async fn deactivate_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
    ) -> Result<S::User, AccountsError> {
        let user = self.set_active(transaction, id, false).await?;
        let (store, rows) = transaction.store();
        store.delete_tokens(rows, id).await?;
        let reason = SessionEndReason::Deactivated;
        self.end_in(transaction, id, EndSessions::All, reason)
            .await?;
        transaction.send_after_commit(FlowEvent::Deactivated(user.clone()));
        transaction.end_flow();
        Ok(user)
    }

    /// Reactivates an account.
    ///
    /// # Errors
    ///
    /// As for [`deactivate`](Self::deactivate).
    ///
    /// # Signals
    ///
    /// Sends [`UserReactivated`](crate::UserReactivated).
    pub async fn reactivate(&self, id: &UserId) -> Result<(), AccountsError> {
        without_transaction(async {
            let mut transaction = self.begin().await?;
            let done = self.reactivate_in(&mut transaction, id).await;
            transaction.finish(done).await.map(drop)
        })
        .await
    }

    /// Runs [`reactivate`](Self::reactivate) in a transaction.
    ///
    /// # Errors
    ///
    /// As for `reactivate`, except for `NotEnqueued` and `CommitUnknown`, which the commit returns.
    pub async fn reactivate_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
    ) -> Result<S::User, AccountsError> {
        let user = self.set_active(transaction, id, true).await?;
        transaction.send_after_commit(FlowEvent::Reactivated(user.clone()));
        transaction.end_flow();
        Ok(user)
    }

    /// Deletes an account with its tokens and sessions.
    ///
    /// # Errors
    ///
    /// Returns [`NoSuchAccount`](AccountsError::NoSuchAccount); [`Store`](AccountsError::Store), for example if a row
    /// of the application references the account; [`NotEnqueued`](AccountsError::NotEnqueued) or
    /// [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// Sends [`UserSessionEnded`](crate::UserSessionEnded) for each session, and
    /// [`UserDeleted`](crate::UserDeleted).
    pub async fn delete(&self, id: &UserId) -> Result<(), AccountsError> {
        without_transaction(async {
            let mut transaction = self.begin().await?;
            let done = self.delete_in(&mut transaction, id).await;
            transaction.finish(done).await.map(drop)
        })
        .await
    }

    /// Runs [`delete`](Self::delete) in a transaction.
    ///
    /// # Errors
    ///
    /// As for `delete`, except for `NotEnqueued` and `CommitUnknown`, which the commit returns.
    pub async fn delete_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
    ) -> Result<S::User, AccountsError> {
        // Before the account is deleted, so that each session has its signal.
        let reason = SessionEndReason::Deleted;
        self.end_in(transaction, id, EndSessions::All, reason)
            .await?;
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let deleted = store.delete(rows, id).await?;
        let user = deleted.ok_or(AccountsError::NoSuchAccount)?;
        transaction.send_after_commit(FlowEvent::Deleted(user.clone()));
        transaction.end_flow();
        Ok(user)
    }

    /// Sets whether an account is active, and begins the flow if it exists.
    async fn set_active(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
        is_active: bool,
    ) -> Result<S::User, AccountsError> {
        let epoch = SessionEpoch::random(Hasher::current().random());
        let epoch = epoch.map_err(|_| AccountsError::Entropy)?;
        transaction.begin_flow();
        let (store, rows) = transaction.store();
        let set = store.set_active(rows, id, is_active, epoch).await?;
        if set.is_none() {
            transaction.end_flow();
        }
        set.ok_or(AccountsError::NoSuchAccount)
    }
}

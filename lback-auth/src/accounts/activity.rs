//! Putting accounts in and out of use, and deleting them.

use super::told::Told;
use super::{Accounts, AccountsError, AccountsTransaction, outside};
use crate::{AccountStore, Hasher, SessionEpoch, UserId};

impl<S: AccountStore> Accounts<S> {
    /// Takes an account out of use. Its sessions and its tokens end, and do not come back with it.
    ///
    /// # Errors
    ///
    /// [`NoSuchAccount`](AccountsError::NoSuchAccount), [`Entropy`](AccountsError::Entropy),
    /// [`Store`](AccountsError::Store) or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// [`UserDeactivated`](crate::UserDeactivated).
    pub async fn deactivate(&self, id: &UserId) -> Result<(), AccountsError> {
        outside(async {
            let mut transaction = self.begin().await?;
            let done = self.deactivate_in(&mut transaction, id).await;
            transaction.end(done).await.map(drop)
        })
        .await
    }

    /// [`deactivate`](Self::deactivate) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// As for `deactivate`.
    pub async fn deactivate_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
    ) -> Result<S::User, AccountsError> {
        let user = self.set_active(transaction, id, false).await?;
        let (store, rows) = transaction.store();
        store.end_tokens(rows, id).await?;
        transaction.tell(Told::Deactivated(user.clone()));
        transaction.end_flow();
        Ok(user)
    }

    /// Puts an account in use again.
    ///
    /// # Errors
    ///
    /// As for [`deactivate`](Self::deactivate).
    ///
    /// # Signals
    ///
    /// [`UserReactivated`](crate::UserReactivated).
    pub async fn reactivate(&self, id: &UserId) -> Result<(), AccountsError> {
        outside(async {
            let mut transaction = self.begin().await?;
            let done = self.reactivate_in(&mut transaction, id).await;
            transaction.end(done).await.map(drop)
        })
        .await
    }

    /// [`reactivate`](Self::reactivate) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// As for `reactivate`.
    pub async fn reactivate_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
    ) -> Result<S::User, AccountsError> {
        let user = self.set_active(transaction, id, true).await?;
        transaction.tell(Told::Reactivated(user.clone()));
        transaction.end_flow();
        Ok(user)
    }

    /// Deletes an account.
    ///
    /// # Errors
    ///
    /// [`NoSuchAccount`](AccountsError::NoSuchAccount), [`Store`](AccountsError::Store), as when
    /// rows of the application's own need it, or [`CommitUnknown`](AccountsError::CommitUnknown).
    ///
    /// # Signals
    ///
    /// [`UserDeleted`](crate::UserDeleted).
    pub async fn delete(&self, id: &UserId) -> Result<(), AccountsError> {
        outside(async {
            let mut transaction = self.begin().await?;
            let done = self.delete_in(&mut transaction, id).await;
            transaction.end(done).await.map(drop)
        })
        .await
    }

    /// [`delete`](Self::delete) as a part of a transaction.
    ///
    /// # Errors
    ///
    /// As for `delete`.
    pub async fn delete_in(
        &self,
        transaction: &mut AccountsTransaction<S>,
        id: &UserId,
    ) -> Result<S::User, AccountsError> {
        let (store, rows) = transaction.store();
        let deleted = store.delete(rows, id).await?;
        let user = deleted.ok_or(AccountsError::NoSuchAccount)?;
        transaction.tell(Told::Deleted(user.clone()));
        Ok(user)
    }

    /// Begins the flow, if there is such an account.
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

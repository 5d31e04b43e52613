//! A store in memory.

mod accounts;
mod attempts;
mod numbered;
mod state;
mod tokens;

use std::fmt;
use std::sync::Arc;

use lback_signals::CommitOutcome;
use time::OffsetDateTime;
use tokio::sync::{Mutex, OwnedMutexGuard, RwLock};

use self::state::State;
use crate::{
    AccountStore, AddressRequest, Attempt, AttemptKey, AttemptTime, AuditEntry, AuditNumber,
    EmailSet, Expected, Inserted, NormalForm, Password, PendingToken, RequestNumber, Reservation,
    SessionEpoch, StoreError, TokenKey, TokenOwner, TokenPurpose, User, UserId,
};

/// Accounts in memory, for tests and examples. They are gone with the last clone of the store.
///
/// Ids are `1`, `2`, `3` and so on. There is one transaction at a time: whoever begins another one,
/// [reserves](AccountStore::reserve_attempt) or [purges](AccountStore::purge) waits for it to end,
/// and forever if it is their own. What only reads does not wait, and sees what was committed.
///
/// ```
/// use lback_auth::{AccountStore, AuthUser, Inserted, MemoryStore, NormalForm, User};
/// use time::OffsetDateTime;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let store = MemoryStore::new();
/// let ada = User::new("ada", "ada@example.org")?;
///
/// let mut transaction = store.begin().await?;
/// let inserted = store.insert(&mut transaction, &ada, false, OffsetDateTime::now_utc()).await?;
/// assert!(matches!(inserted, Inserted::Stored { user, .. } if user.id().unwrap().as_str() == "1"));
/// store.commit(transaction).await;
///
/// let found = store.find_by_login(&NormalForm::of("ADA")).await?;
/// assert_eq!(found.unwrap().email(), "ada@example.org");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct MemoryStore {
    committed: Arc<RwLock<State>>,
    /// Whose turn it is to write.
    writer: Arc<Mutex<()>>,
}

impl MemoryStore {
    /// Without any accounts.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStore(..)")
    }
}

/// A transaction of a [`MemoryStore`]: a copy of all that is stored, which takes its place on
/// commit.
pub struct MemoryTransaction {
    state: State,
    _writer: OwnedMutexGuard<()>,
}

impl fmt::Debug for MemoryTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryTransaction(..)")
    }
}

impl AccountStore for MemoryStore {
    type User = User;
    type Transaction = MemoryTransaction;

    async fn find(&self, id: &UserId) -> Result<Option<User>, StoreError> {
        Ok(self.committed.read().await.accounts.find(id))
    }

    async fn find_by_login(&self, login: &NormalForm) -> Result<Option<User>, StoreError> {
        Ok(self.committed.read().await.accounts.by_login(login))
    }

    async fn find_by_email(&self, email: &NormalForm) -> Result<Option<User>, StoreError> {
        Ok(self.committed.read().await.accounts.by_email(email))
    }

    async fn find_by_token(
        &self,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Result<Option<(User, String)>, StoreError> {
        Ok(self.committed.read().await.find_by_token(token, now))
    }

    async fn page(&self, after: Option<&UserId>, limit: u32) -> Result<Vec<User>, StoreError> {
        Ok(self.committed.read().await.accounts.page(after, limit))
    }

    async fn reserve_attempt(
        &self,
        attempt: &Attempt,
        now: AttemptTime,
    ) -> Result<Reservation, StoreError> {
        let _writer = self.writer.lock().await;
        Ok(self
            .committed
            .write()
            .await
            .attempts
            .reserve(attempt, now.instant()))
    }

    async fn next_request(
        &self,
        after: Option<RequestNumber>,
    ) -> Result<Option<(RequestNumber, AddressRequest)>, StoreError> {
        let committed = self.committed.read().await;
        let after = after.map(|RequestNumber(number)| number);
        let first = committed.requests.after(after).next();
        Ok(first.map(|(number, request)| (RequestNumber(number), request.clone())))
    }

    async fn audit(
        &self,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
        let committed = self.committed.read().await;
        let entries = committed
            .audit
            .after(after.map(|AuditNumber(number)| number));
        Ok(entries
            .take(limit as usize)
            .map(|(number, entry)| (AuditNumber(number), entry.clone()))
            .collect())
    }

    async fn purge(&self, now: AttemptTime) -> Result<u64, StoreError> {
        let _writer = self.writer.lock().await;
        Ok(self.committed.write().await.purge(now.instant()) as u64)
    }

    async fn begin(&self) -> Result<MemoryTransaction, StoreError> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        Ok(MemoryTransaction {
            state: self.committed.read().await.clone(),
            _writer: writer,
        })
    }

    async fn commit(&self, transaction: MemoryTransaction) -> CommitOutcome<StoreError> {
        *self.committed.write().await = transaction.state;
        CommitOutcome::Committed
    }

    async fn rollback(&self, transaction: MemoryTransaction) -> Result<(), StoreError> {
        drop(transaction);
        Ok(())
    }

    async fn insert(
        &self,
        transaction: &mut MemoryTransaction,
        user: &User,
        replaces_unverified: bool,
        _now: OffsetDateTime,
    ) -> Result<Inserted<User>, StoreError> {
        Ok(transaction.state.insert(user, replaces_unverified))
    }

    async fn set_password(
        &self,
        transaction: &mut MemoryTransaction,
        id: &UserId,
        expected: Expected<'_>,
        password: &Password,
    ) -> Result<Option<User>, StoreError> {
        let accounts = &mut transaction.state.accounts;
        Ok(accounts.set_password(id, expected, password))
    }

    async fn mark_verified(
        &self,
        transaction: &mut MemoryTransaction,
        id: &UserId,
        email: &str,
    ) -> Result<Option<User>, StoreError> {
        Ok(transaction.state.accounts.mark_verified(id, email))
    }

    async fn set_email(
        &self,
        transaction: &mut MemoryTransaction,
        id: &UserId,
        old: &str,
        new: &str,
        replaces_unverified: bool,
    ) -> Result<EmailSet<User>, StoreError> {
        let state = &mut transaction.state;
        Ok(state.set_email(id, old, new, replaces_unverified))
    }

    async fn set_active(
        &self,
        transaction: &mut MemoryTransaction,
        id: &UserId,
        is_active: bool,
        epoch: SessionEpoch,
    ) -> Result<Option<User>, StoreError> {
        let accounts = &mut transaction.state.accounts;
        Ok(accounts.set_active(id, is_active, epoch))
    }

    async fn delete(
        &self,
        transaction: &mut MemoryTransaction,
        id: &UserId,
    ) -> Result<Option<User>, StoreError> {
        Ok(transaction.state.delete(id))
    }

    async fn put_token(
        &self,
        transaction: &mut MemoryTransaction,
        id: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> Result<bool, StoreError> {
        Ok(transaction.state.put_token(id, purpose, token))
    }

    async fn consume_token(
        &self,
        transaction: &mut MemoryTransaction,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Result<Option<TokenOwner>, StoreError> {
        Ok(transaction.state.consume_token(token, now))
    }

    async fn end_tokens(
        &self,
        transaction: &mut MemoryTransaction,
        id: &UserId,
    ) -> Result<(), StoreError> {
        transaction.state.end_tokens(id);
        Ok(())
    }

    async fn clear_attempts(
        &self,
        transaction: &mut MemoryTransaction,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        transaction.state.attempts.forget(keys);
        Ok(())
    }

    async fn return_attempts(
        &self,
        transaction: &mut MemoryTransaction,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        transaction.state.attempts.give_back(keys);
        Ok(())
    }

    async fn file_request(
        &self,
        transaction: &mut MemoryTransaction,
        request: &AddressRequest,
    ) -> Result<(), StoreError> {
        transaction.state.requests.push(|_| request.clone());
        Ok(())
    }

    async fn take_request(
        &self,
        transaction: &mut MemoryTransaction,
        number: RequestNumber,
    ) -> Result<bool, StoreError> {
        Ok(transaction.state.requests.remove(number.0).is_some())
    }

    async fn append_audit(
        &self,
        transaction: &mut MemoryTransaction,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError> {
        for entry in entries {
            transaction.state.audit.push(|_| entry.clone());
        }
        Ok(())
    }
}

//! Transactions, and what belongs to accounts.

use std::fmt;
use std::sync::Arc;

use lback_signals::CommitOutcome;
use lback_signals::durable::{MemoryOutbox, OutboxAdmin as _, SignalRow, StoredSignal};
use time::OffsetDateTime;
use tokio::sync::{Mutex, OwnedMutexGuard, RwLock};

use super::state::Deliveries;
use super::state::MemoryConnection;
use crate::session::{Session, SessionDigest};
use crate::store::{
    Attempt, AttemptKey, AttemptTime, AuditEntry, AuditNumber, EndSessions, InsertedSession,
    Ledger, Reservation, StoreError, TokenKey, TokenOwner,
};
use crate::token::{PendingToken, TokenPurpose};
use crate::user_id::UserId;

/// The [`Ledger`] of a [`MemoryStore`](crate::MemoryStore).
#[derive(Clone, Default)]
pub struct MemoryLedger {
    committed: Arc<RwLock<MemoryConnection>>,
    /// The lock of the one transaction that writes.
    writer: Arc<Mutex<()>>,
    outbox: MemoryOutbox,
}

impl fmt::Debug for MemoryLedger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryLedger(..)")
    }
}

/// Transaction of a [`MemoryStore`](crate::MemoryStore): a copy of the stored data, which replaces it
/// on commit.
pub struct MemoryTransaction {
    connection: MemoryConnection,
    /// Operations that have started and not finished.
    unfinished: u32,
    _writer: OwnedMutexGuard<()>,
}

impl fmt::Debug for MemoryTransaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryTransaction(..)")
    }
}

impl MemoryTransaction {
    fn check(&self) -> Result<(), StoreError> {
        if self.unfinished > 0 {
            let reason = "an earlier operation of this transaction failed or was dropped: roll the transaction back";
            return Err(StoreError::Refused(reason.into()));
        }
        Ok(())
    }
}

impl MemoryLedger {
    pub(super) fn set_outbox(&mut self, outbox: MemoryOutbox) {
        self.outbox = outbox;
    }

    pub(super) fn outbox(&self) -> &MemoryOutbox {
        &self.outbox
    }

    /// Writes what the transaction holds for the outbox.
    fn write_deliveries(
        &self,
        mut transaction: MemoryTransaction,
    ) -> Result<MemoryTransaction, StoreError> {
        let Deliveries { signals, erased } = transaction.connection.take_deliveries();
        let erased: Vec<_> = erased.iter().map(|it| &**it).collect();
        let written = self.outbox.write(signals, &erased);
        written.map_err(|error| StoreError::Refused(error.into()))?;
        Ok(transaction)
    }
}

impl Ledger for MemoryLedger {
    type Connection = MemoryConnection;
    type Transaction = MemoryTransaction;
    type ReadTransaction = MemoryConnection;

    async fn begin_read(&self) -> Result<MemoryConnection, StoreError> {
        Ok(self.committed.read().await.clone())
    }

    async fn begin(&self) -> Result<MemoryTransaction, StoreError> {
        let writer = Arc::clone(&self.writer).lock_owned().await;
        Ok(MemoryTransaction {
            connection: self.committed.read().await.clone(),
            unfinished: 0,
            _writer: writer,
        })
    }

    async fn commit(&self, transaction: MemoryTransaction) -> CommitOutcome<StoreError> {
        if let Err(error) = transaction.check() {
            return CommitOutcome::RolledBack(error);
        }
        let mut committed = self.committed.write().await;
        // No `await` in between: the outbox and the accounts change together.
        let transaction = match self.write_deliveries(transaction) {
            Ok(transaction) => transaction,
            Err(error) => return CommitOutcome::RolledBack(error),
        };
        *committed = transaction.connection;
        CommitOutcome::Committed
    }

    async fn rollback(&self, transaction: MemoryTransaction) -> Result<(), StoreError> {
        drop(transaction);
        Ok(())
    }

    async fn start_operation<'a>(
        &self,
        transaction: &'a mut MemoryTransaction,
    ) -> Result<&'a mut MemoryConnection, StoreError> {
        transaction.check()?;
        transaction.unfinished += 1;
        Ok(&mut transaction.connection)
    }

    fn finish_operation(&self, transaction: &mut MemoryTransaction) {
        transaction.unfinished -= 1;
    }

    async fn lock_replacements(&self, _: &mut MemoryConnection) -> Result<(), StoreError> {
        Ok(())
    }

    async fn set_savepoint(&self, connection: &mut MemoryConnection) -> Result<(), StoreError> {
        connection.set_savepoint();
        Ok(())
    }

    async fn release_savepoint(&self, connection: &mut MemoryConnection) -> Result<(), StoreError> {
        connection.release_savepoint();
        Ok(())
    }

    async fn roll_back_to_savepoint(
        &self,
        connection: &mut MemoryConnection,
    ) -> Result<(), StoreError> {
        connection.roll_back_to_savepoint();
        Ok(())
    }

    async fn find_token(
        &self,
        connection: &mut MemoryConnection,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Result<Option<TokenOwner>, StoreError> {
        Ok(connection.read().tokens.find(token, now))
    }

    async fn put_token(
        &self,
        connection: &mut MemoryConnection,
        account: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> Result<(), StoreError> {
        connection.write().tokens.put(account, purpose, token);
        Ok(())
    }

    async fn delete_token(
        &self,
        connection: &mut MemoryConnection,
        token: &TokenKey,
        account: &UserId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        Ok(connection.write().tokens.delete(token, account, now))
    }

    async fn delete_tokens(
        &self,
        connection: &mut MemoryConnection,
        accounts: [Option<&UserId>; 2],
    ) -> Result<(), StoreError> {
        connection.write().tokens.delete_all(accounts);
        Ok(())
    }

    async fn find_session(
        &self,
        connection: &mut MemoryConnection,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> Result<Option<Session>, StoreError> {
        Ok(connection.read().sessions.find(digest, now))
    }

    async fn sessions(
        &self,
        connection: &mut MemoryConnection,
        account: &UserId,
    ) -> Result<Vec<Session>, StoreError> {
        let sessions = connection.read().sessions.of_account(account);
        Ok(sessions.cloned().collect())
    }

    async fn touch_session(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
        idle_expires_at: OffsetDateTime,
        unless_seen_after: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let _writer = self.writer.lock().await;
        let mut committed = self.committed.write().await;
        let sessions = &mut committed.write().sessions;
        sessions.touch(digest, now, idle_expires_at, unless_seen_after);
        Ok(())
    }

    async fn insert_session(
        &self,
        connection: &mut MemoryConnection,
        digest: &SessionDigest,
        session: &Session,
    ) -> Result<InsertedSession, StoreError> {
        Ok(connection.write().sessions.insert(digest, session))
    }

    async fn rotate_session(
        &self,
        connection: &mut MemoryConnection,
        account: &UserId,
        old_and_new: [&SessionDigest; 2],
        now: OffsetDateTime,
        authenticated_at: Option<OffsetDateTime>,
    ) -> Result<Option<Session>, StoreError> {
        let sessions = &mut connection.write().sessions;
        Ok(sessions.rotate(account, old_and_new, now, authenticated_at))
    }

    async fn sign_out(
        &self,
        connection: &mut MemoryConnection,
        digest: &SessionDigest,
    ) -> Result<Option<Session>, StoreError> {
        Ok(connection.write().sessions.sign_out(digest))
    }

    async fn end_sessions(
        &self,
        connection: &mut MemoryConnection,
        account: &UserId,
        which: EndSessions,
    ) -> Result<Vec<Session>, StoreError> {
        Ok(connection.write().sessions.end(account, which))
    }

    async fn delete_sessions(
        &self,
        connection: &mut MemoryConnection,
        accounts: [Option<&UserId>; 2],
    ) -> Result<(), StoreError> {
        connection.write().sessions.delete_all(accounts);
        Ok(())
    }

    fn has_outbox(&self) -> bool {
        true
    }

    async fn put_deliveries(
        &self,
        connection: &mut MemoryConnection,
        signals: Vec<SignalRow>,
    ) -> Result<(), StoreError> {
        connection.write().deliveries.signals.extend(signals);
        Ok(())
    }

    async fn delete_deliveries(
        &self,
        connection: &mut MemoryConnection,
        accounts: [Option<&UserId>; 2],
    ) -> Result<(), StoreError> {
        let erased = accounts.into_iter().flatten().map(UserId::subject);
        connection.write().deliveries.erased.extend(erased);
        Ok(())
    }

    async fn stored_signals(&self, account: &UserId) -> Result<Vec<StoredSignal>, StoreError> {
        let signals = self.outbox.signals_of(&account.subject()).await;
        signals.map_err(|error| StoreError::Unavailable(error.into()))
    }

    async fn reserve_attempt(
        &self,
        connection: &mut MemoryConnection,
        attempt: &Attempt,
        now: AttemptTime,
    ) -> Result<Reservation, StoreError> {
        Ok(connection.write().attempts.reserve(attempt, now.instant()))
    }

    async fn clear_attempts(
        &self,
        connection: &mut MemoryConnection,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        connection.write().attempts.clear(keys);
        Ok(())
    }

    async fn return_attempts(
        &self,
        connection: &mut MemoryConnection,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        connection.write().attempts.return_attempts(keys);
        Ok(())
    }

    async fn audit(
        &self,
        connection: &mut MemoryConnection,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
        let after = after.map(|AuditNumber(number)| number);
        let entries = connection.read().audit.after(after).take(limit as usize);
        Ok(entries
            .map(|(number, entry)| (AuditNumber(number), entry.clone()))
            .collect())
    }

    async fn audit_of(
        &self,
        connection: &mut MemoryConnection,
        account: &UserId,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
        let after = after.map(|AuditNumber(number)| number);
        let entries = connection.read().audit.after(after);
        let entries = entries.filter(|(_, entry)| entry.user.as_ref() == Some(account));
        Ok(entries
            .take(limit as usize)
            .map(|(number, entry)| (AuditNumber(number), entry.clone()))
            .collect())
    }

    async fn append_audit(
        &self,
        connection: &mut MemoryConnection,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError> {
        for entry in entries {
            connection.write().audit.push(entry.clone());
        }
        Ok(())
    }

    async fn purge(&self, now: AttemptTime) -> Result<u64, StoreError> {
        let _writer = self.writer.lock().await;
        let mut committed = self.committed.write().await;
        Ok(committed.write().purge(now.instant()) as u64)
    }
}

//! The ledger in a SQL database.

use std::sync::Arc;
use std::time::Duration;

use lback_signals::CommitOutcome;
use lback_signals::durable::{SignalRow, StoredSignal};
use sqlx::Pool;
use time::OffsetDateTime;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::SqlOutbox as _;
use super::migrate::migrate;
use super::statements::{RELEASE, ROLL_BACK};
use super::{Dialect, Open, SqlTransaction, attempt, log, purge, session, token};
use crate::session::{Session, SessionDigest};
use crate::store::repeat::repeated;
use crate::store::session::FoundSession;
use crate::store::{
    Attempt, AttemptKey, AttemptTime, AuditEntry, AuditNumber, EndSessions, InsertedSession,
    Ledger, Reservation, StoreError, TokenKey, TokenOwner,
};
use crate::token::{PendingToken, TokenPurpose};
use crate::user::User;
use crate::user_id::UserId;

/// The longest wait for the permit to write.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The [`Ledger`] of a SQL database.
#[derive(Debug)]
pub struct SqlLedger<D: Dialect> {
    pool: Pool<D>,
    /// The permits to write, if the database has a limited number of writers.
    writers: Option<Arc<Semaphore>>,
    outbox: Option<D::Outbox>,
}

impl<D: Dialect> SqlLedger<D> {
    /// Creates the tables for this table of accounts, or checks that they belong to it and have the
    /// current version.
    pub(in crate::store) async fn open(
        pool: Pool<D>,
        accounts: &'static str,
    ) -> Result<Self, StoreError> {
        let writers = D::WRITERS.map(|limit| Arc::new(Semaphore::new(limit)));
        let ledger = Self {
            pool,
            writers,
            outbox: None,
        };
        migrate(&ledger, accounts).await?;
        Ok(ledger)
    }

    pub(in crate::store) fn pool(&self) -> &Pool<D> {
        &self.pool
    }

    pub(in crate::store) fn outbox(&self) -> Option<&D::Outbox> {
        self.outbox.as_ref()
    }

    pub(in crate::store) fn set_outbox(&mut self, outbox: D::Outbox) {
        self.outbox = Some(outbox);
    }

    /// Waits for a permit to write, first come, first served, and without a connection, so that readers
    /// find one.
    ///
    /// SQLite's own busy handler polls and has no queue. With 16 tasks that write all the time and hold a
    /// transaction for 10 ms, the slowest then waits 5 s and fails, and a read waits 100 ms for a
    /// connection; with permits these are 0.2 s and 0.1 ms.
    pub(super) async fn write_permit(&self) -> Result<Option<OwnedSemaphorePermit>, StoreError> {
        let Some(writers) = &self.writers else {
            return Ok(None);
        };
        match timeout(TIMEOUT, Arc::clone(writers).acquire_owned()).await {
            Ok(Ok(permit)) => Ok(Some(permit)),
            Ok(Err(error)) => Err(StoreError::Unavailable(error.into())),
            Err(error) => Err(StoreError::TimedOut(error.into())),
        }
    }

    async fn touch(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
        idle_expires_at: OffsetDateTime,
        unless_seen_after: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let mut open = Open::<D>::begin(&self.pool, D::BEGIN).await?;
        let connection = open.connection();
        session::touch::<D>(connection, digest, now, idle_expires_at, unless_seen_after).await?;
        open.commit().await?;
        Ok(())
    }
}

impl<D: Dialect> Clone for SqlLedger<D> {
    fn clone(&self) -> Self {
        Self {
            pool: self.pool.clone(),
            writers: self.writers.clone(),
            outbox: self.outbox.clone(),
        }
    }
}

impl<D: Dialect> AsMut<D::Connection> for Open<D> {
    fn as_mut(&mut self) -> &mut D::Connection {
        self.connection()
    }
}

impl<D: Dialect> Ledger for SqlLedger<D> {
    type Connection = D::Connection;
    type Transaction = SqlTransaction<D>;
    type ReadTransaction = Open<D>;

    async fn begin_read(&self) -> Result<Open<D>, StoreError> {
        Open::begin(&self.pool, D::BEGIN_READ).await
    }

    async fn begin(&self) -> Result<SqlTransaction<D>, StoreError> {
        let permit = self.write_permit().await?;
        let open = Open::begin(&self.pool, D::BEGIN).await?;
        Ok(SqlTransaction::new(open, permit))
    }

    async fn commit(&self, transaction: SqlTransaction<D>) -> CommitOutcome<StoreError> {
        transaction.commit().await
    }

    async fn rollback(&self, transaction: SqlTransaction<D>) -> Result<(), StoreError> {
        transaction.rollback().await
    }

    async fn start_operation<'a>(
        &self,
        transaction: &'a mut SqlTransaction<D>,
    ) -> Result<&'a mut D::Connection, StoreError> {
        transaction.start_operation().await
    }

    fn finish_operation(&self, transaction: &mut SqlTransaction<D>) {
        transaction.finish_operation();
    }

    async fn lock_replacements(&self, connection: &mut D::Connection) -> Result<(), StoreError> {
        if let Some(statement) = D::LOCK_REPLACEMENTS {
            D::run(connection, statement).await?;
        }
        Ok(())
    }

    async fn set_savepoint(&self, connection: &mut D::Connection) -> Result<(), StoreError> {
        Ok(D::run(connection, D::SET_SAVEPOINT).await?)
    }

    async fn release_savepoint(&self, connection: &mut D::Connection) -> Result<(), StoreError> {
        Ok(D::run(connection, RELEASE).await?)
    }

    async fn roll_back_to_savepoint(
        &self,
        connection: &mut D::Connection,
    ) -> Result<(), StoreError> {
        Ok(D::run(connection, ROLL_BACK).await?)
    }

    async fn find_token(
        &self,
        connection: &mut D::Connection,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> Result<Option<TokenOwner>, StoreError> {
        token::find::<D>(connection, token, now).await
    }

    async fn put_token(
        &self,
        connection: &mut D::Connection,
        account: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> Result<(), StoreError> {
        token::put::<D>(connection, account, purpose, token).await
    }

    async fn delete_token(
        &self,
        connection: &mut D::Connection,
        token: &TokenKey,
        account: &UserId,
        now: OffsetDateTime,
    ) -> Result<bool, StoreError> {
        token::delete::<D>(connection, token, account, now).await
    }

    async fn delete_tokens(
        &self,
        connection: &mut D::Connection,
        accounts: [Option<&UserId>; 2],
    ) -> Result<(), StoreError> {
        token::delete_all::<D>(connection, accounts).await
    }

    async fn find_session(
        &self,
        connection: &mut D::Connection,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> Result<Option<Session>, StoreError> {
        session::find::<D>(connection, digest, now).await
    }

    fn __find_session_and_user(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> Option<impl Future<Output = FoundSession<User>> + Send> {
        Some(session::find_with_user::<D>(&self.pool, digest, now))
    }

    async fn sessions(
        &self,
        connection: &mut D::Connection,
        account: &UserId,
    ) -> Result<Vec<Session>, StoreError> {
        session::of_account::<D>(connection, account).await
    }

    async fn touch_session(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
        idle_expires_at: OffsetDateTime,
        unless_seen_after: OffsetDateTime,
    ) -> Result<(), StoreError> {
        let _permit = self.write_permit().await?;
        repeated!(self.touch(digest, now, idle_expires_at, unless_seen_after))
    }

    async fn insert_session(
        &self,
        connection: &mut D::Connection,
        digest: &SessionDigest,
        session: &Session,
    ) -> Result<InsertedSession, StoreError> {
        session::insert::<D>(connection, digest, session).await
    }

    async fn rotate_session(
        &self,
        connection: &mut D::Connection,
        account: &UserId,
        old_and_new: [&SessionDigest; 2],
        now: OffsetDateTime,
        authenticated_at: Option<OffsetDateTime>,
    ) -> Result<Option<Session>, StoreError> {
        session::rotate::<D>(connection, account, old_and_new, now, authenticated_at).await
    }

    async fn sign_out(
        &self,
        connection: &mut D::Connection,
        digest: &SessionDigest,
    ) -> Result<Option<Session>, StoreError> {
        session::sign_out::<D>(connection, digest).await
    }

    async fn end_sessions(
        &self,
        connection: &mut D::Connection,
        account: &UserId,
        which: EndSessions,
    ) -> Result<Vec<Session>, StoreError> {
        session::end::<D>(connection, account, which).await
    }

    async fn delete_sessions(
        &self,
        connection: &mut D::Connection,
        accounts: [Option<&UserId>; 2],
    ) -> Result<(), StoreError> {
        session::delete::<D>(connection, accounts).await
    }

    fn has_outbox(&self) -> bool {
        self.outbox.is_some()
    }

    async fn put_deliveries(
        &self,
        connection: &mut D::Connection,
        signals: Vec<SignalRow>,
    ) -> Result<(), StoreError> {
        match &self.outbox {
            Some(outbox) => Ok(outbox.insert(connection, &signals).await?),
            None => Err(StoreError::Refused("the store has no outbox".into())),
        }
    }

    async fn delete_deliveries(
        &self,
        connection: &mut D::Connection,
        accounts: [Option<&UserId>; 2],
    ) -> Result<(), StoreError> {
        let Some(outbox) = &self.outbox else {
            return Ok(());
        };
        let subjects: Vec<_> = accounts
            .into_iter()
            .flatten()
            .map(UserId::subject)
            .collect();
        // Also without accounts, so that the time does not show whether one is deleted.
        let subjects: Vec<_> = subjects.iter().map(|it| &**it).collect();
        Ok(outbox.erase(connection, &subjects).await?)
    }

    async fn stored_signals(&self, account: &UserId) -> Result<Vec<StoredSignal>, StoreError> {
        match &self.outbox {
            Some(outbox) => outbox.signals_of(&account.subject()).await,
            None => Ok(Vec::new()),
        }
    }

    fn wake_workers(&self) {
        if let Some(outbox) = &self.outbox {
            outbox.wake();
        }
    }

    async fn reserve_attempt(
        &self,
        connection: &mut D::Connection,
        attempt: &Attempt,
        now: AttemptTime,
    ) -> Result<Reservation, StoreError> {
        attempt::reserve::<D>(connection, attempt, now).await
    }

    async fn clear_attempts(
        &self,
        connection: &mut D::Connection,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        attempt::clear::<D>(connection, keys).await
    }

    async fn return_attempts(
        &self,
        connection: &mut D::Connection,
        keys: &[AttemptKey],
    ) -> Result<(), StoreError> {
        attempt::return_attempts::<D>(connection, keys).await
    }

    async fn audit(
        &self,
        connection: &mut D::Connection,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
        log::audit::<D>(connection, after, limit).await
    }

    async fn audit_of(
        &self,
        connection: &mut D::Connection,
        account: &UserId,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> Result<Vec<(AuditNumber, AuditEntry)>, StoreError> {
        log::audit_of::<D>(connection, account, after, limit).await
    }

    async fn append_audit(
        &self,
        connection: &mut D::Connection,
        entries: &[AuditEntry],
    ) -> Result<(), StoreError> {
        log::append_audit::<D>(connection, entries).await
    }

    async fn purge(&self, now: AttemptTime) -> Result<u64, StoreError> {
        purge::purge(self, now).await
    }
}

//! The part of a store that is the same for all account types.

use std::future::Ready;

use lback_signals::CommitOutcome;
use lback_signals::durable::{SignalRow, StoredSignal};
use time::OffsetDateTime;

use crate::session::{Session, SessionDigest};
use crate::store::session::FoundSession;
use crate::store::{
    Attempt, AttemptKey, AttemptTime, AuditEntry, AuditNumber, EndSessions, InsertedSession,
    Reservation, StoreError, TokenKey, TokenOwner,
};
use crate::token::{PendingToken, TokenPurpose};
use crate::user::User;
use crate::user_id::UserId;

/// The database of an [`AccountStore`](crate::AccountStore) with everything except the table of
/// accounts: transactions, tokens, sessions, attempts, durable deliveries and the audit log.
///
/// The crate implements it for memory, SQLite and PostgreSQL. Code that uses a store calls the
/// methods of [`AccountStore`](crate::AccountStore), which combine a ledger and an
/// [`AccountTable`](crate::AccountTable). Implement this trait for another database.
///
/// A method that takes only `&self` runs in its own transactions and has committed when it returns. It
/// does not need a connection that an open transaction holds, but may wait until that has written. A
/// method that takes a connection is a part of its transaction.
///
/// # Errors
///
/// Each method returns a [`StoreError`] if the database fails. The failed operation changed nothing,
/// unless its method says otherwise, and its transaction can only be rolled back.
pub trait Ledger: Clone + Send + Sync + 'static {
    /// A connection, on which the [`AccountTable`](crate::AccountTable) runs its statements.
    type Connection: Send;

    /// A transaction that can write. Dropping it rolls it back.
    type Transaction: Send + 'static;

    /// A transaction that only reads, and sees what is committed.
    type ReadTransaction: AsMut<Self::Connection> + Send;

    /// Begins a transaction that only reads.
    fn begin_read(&self) -> impl Future<Output = Result<Self::ReadTransaction, StoreError>> + Send;

    /// Begins a transaction that can write.
    fn begin(&self) -> impl Future<Output = Result<Self::Transaction, StoreError>> + Send;

    /// Commits. Returns [`Unknown`](CommitOutcome::Unknown) if the database did not answer whether it
    /// has committed.
    fn commit(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = CommitOutcome<StoreError>> + Send;

    /// Rolls back.
    fn rollback(
        &self,
        transaction: Self::Transaction,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Starts an operation and returns the connection of the transaction.
    ///
    /// The operation is unfinished until [`finish_operation`](Self::finish_operation). If it fails or
    /// its future is dropped, it stays so, and the transaction refuses further operations and the
    /// commit.
    fn start_operation<'a>(
        &self,
        transaction: &'a mut Self::Transaction,
    ) -> impl Future<Output = Result<&'a mut Self::Connection, StoreError>> + Send;

    /// Marks the operation that was started last as finished.
    fn finish_operation(&self, transaction: &mut Self::Transaction);

    /// Takes the lock of transactions that may replace accounts, and holds it until the transaction
    /// ends. It is the first lock of a transaction. No-op in a database with one writer.
    fn lock_replacements(
        &self,
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Sets a savepoint, and [takes the lock](Self::lock_replacements) in the same message.
    fn set_savepoint(
        &self,
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Releases the savepoint, and keeps the changes since.
    fn release_savepoint(
        &self,
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Undoes the changes since the savepoint and releases it, by one message.
    fn roll_back_to_savepoint(
        &self,
        connection: &mut Self::Connection,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns the owner of a token that is stored and [good](PendingToken::is_good_at) now.
    fn find_token(
        &self,
        connection: &mut Self::Connection,
        token: &TokenKey,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<TokenOwner>, StoreError>> + Send;

    /// Stores a token, in place of the account's token of the same purpose.
    fn put_token(
        &self,
        connection: &mut Self::Connection,
        account: &UserId,
        purpose: TokenPurpose,
        token: &PendingToken,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Deletes a token if it is stored, [good](PendingToken::is_good_at) now and this account's.
    /// Returns whether it did.
    fn delete_token(
        &self,
        connection: &mut Self::Connection,
        token: &TokenKey,
        account: &UserId,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<bool, StoreError>> + Send;

    /// Deletes all tokens of up to two accounts by one statement, which also runs if both are `None`.
    fn delete_tokens(
        &self,
        connection: &mut Self::Connection,
        accounts: [Option<&UserId>; 2],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns a session that is stored and [valid](Session::is_valid_at) now.
    fn find_session(
        &self,
        connection: &mut Self::Connection,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;

    /// Finds a session and its account in the table of [`User`], by one statement outside of other transactions.
    /// Returns `None` if the ledger has no such statement.
    #[doc(hidden)]
    fn __find_session_and_user(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
    ) -> Option<impl Future<Output = FoundSession<User>> + Send> {
        let _ = (digest, now);
        None::<Ready<_>>
    }

    /// Returns all sessions of an account that are stored, in the order of insertion.
    fn sessions(
        &self,
        connection: &mut Self::Connection,
        account: &UserId,
    ) -> impl Future<Output = Result<Vec<Session>, StoreError>> + Send;

    /// As [`AccountStore::touch_session`](crate::AccountStore::touch_session).
    fn touch_session(
        &self,
        digest: &SessionDigest,
        now: OffsetDateTime,
        idle_expires_at: OffsetDateTime,
        unless_seen_after: OffsetDateTime,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// As [`AccountStore::insert_session`](crate::AccountStore::insert_session).
    fn insert_session(
        &self,
        connection: &mut Self::Connection,
        digest: &SessionDigest,
        session: &Session,
    ) -> impl Future<Output = Result<InsertedSession, StoreError>> + Send;

    /// As [`AccountStore::rotate_session`](crate::AccountStore::rotate_session).
    fn rotate_session(
        &self,
        connection: &mut Self::Connection,
        account: &UserId,
        old_and_new: [&SessionDigest; 2],
        now: OffsetDateTime,
        authenticated_at: Option<OffsetDateTime>,
    ) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;

    /// Deletes the digest of a session, and returns the session.
    fn sign_out(
        &self,
        connection: &mut Self::Connection,
        digest: &SessionDigest,
    ) -> impl Future<Output = Result<Option<Session>, StoreError>> + Send;

    /// Deletes sessions of an account, and returns them: also those that have expired or were signed out.
    fn end_sessions(
        &self,
        connection: &mut Self::Connection,
        account: &UserId,
        which: EndSessions,
    ) -> impl Future<Output = Result<Vec<Session>, StoreError>> + Send;

    /// Deletes all sessions of up to two accounts by one statement, which also runs if both are `None`.
    fn delete_sessions(
        &self,
        connection: &mut Self::Connection,
        accounts: [Option<&UserId>; 2],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Returns whether the ledger has an outbox, which stores the deliveries of durable receivers in the
    /// transactions of accounts. Without one, a transaction with deliveries is refused.
    fn has_outbox(&self) -> bool {
        false
    }

    /// Stores signals for their durable receivers, as the last operation before the commit.
    fn put_deliveries(
        &self,
        connection: &mut Self::Connection,
        signals: Vec<SignalRow>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        let _ = (connection, signals);
        async { Err(StoreError::Refused("the store has no outbox".into())) }
    }

    /// Deletes the deliveries of up to two accounts that wait or are dead. A running one is left to finish.
    fn delete_deliveries(
        &self,
        connection: &mut Self::Connection,
        accounts: [Option<&UserId>; 2],
    ) -> impl Future<Output = Result<(), StoreError>> + Send {
        let _ = (connection, accounts);
        async { Ok(()) }
    }

    /// Returns the signals about an account that are stored for durable receivers.
    fn stored_signals(
        &self,
        account: &UserId,
    ) -> impl Future<Output = Result<Vec<StoredSignal>, StoreError>> + Send {
        let _ = account;
        async { Ok(Vec::new()) }
    }

    /// Wakes the workers after a commit with deliveries.
    fn wake_workers(&self) {}

    /// As [`AccountStore::reserve_attempt`](crate::AccountStore::reserve_attempt).
    fn reserve_attempt(
        &self,
        connection: &mut Self::Connection,
        attempt: &Attempt,
        now: AttemptTime,
    ) -> impl Future<Output = Result<Reservation, StoreError>> + Send;

    /// As [`AccountStore::clear_attempts`](crate::AccountStore::clear_attempts).
    fn clear_attempts(
        &self,
        connection: &mut Self::Connection,
        keys: &[AttemptKey],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// As [`AccountStore::return_attempts`](crate::AccountStore::return_attempts).
    fn return_attempts(
        &self,
        connection: &mut Self::Connection,
        keys: &[AttemptKey],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// As [`AccountStore::audit`](crate::AccountStore::audit).
    fn audit(
        &self,
        connection: &mut Self::Connection,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(AuditNumber, AuditEntry)>, StoreError>> + Send;

    /// As [`AccountStore::audit_of`](crate::AccountStore::audit_of).
    fn audit_of(
        &self,
        connection: &mut Self::Connection,
        account: &UserId,
        after: Option<AuditNumber>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<(AuditNumber, AuditEntry)>, StoreError>> + Send;

    /// As [`AccountStore::append_audit`](crate::AccountStore::append_audit).
    fn append_audit(
        &self,
        connection: &mut Self::Connection,
        entries: &[AuditEntry],
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// As [`AccountStore::purge`](crate::AccountStore::purge).
    fn purge(&self, now: AttemptTime) -> impl Future<Output = Result<u64, StoreError>> + Send;
}

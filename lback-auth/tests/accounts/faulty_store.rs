//! A store that fails on request, and records its operations.

use std::sync::{Arc, Mutex};

use lback_auth::{
    AccountStore, Attempt, AttemptKey, AttemptTime, AuditEntry, AuditNumber, EmailSet, EndSessions,
    Expected, Inserted, InsertedSession, NormalForm, Password, PendingToken, Reservation, Session,
    SessionDigest, SessionEpoch, StoreError, TokenKey, TokenOwner, TokenPurpose, UnverifiedHolders,
    User, UserId,
};
use lback_signals::CommitOutcome;
use time::OffsetDateTime;

use crate::world::Store;

#[derive(Clone)]
pub(crate) struct Faulty<S> {
    pub(crate) inner: S,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    asked: Vec<&'static str>,
    /// The number of operations that succeed before one fails.
    fails_after: Option<usize>,
    commit: Commit,
    /// The result of the next commit alone.
    next_commit: Option<Commit>,
}

/// Result of a commit.
#[derive(Clone, Copy, Default)]
pub(crate) enum Commit {
    #[default]
    Done,
    /// Committed, but reported as unknown.
    UnknownAndDone,
    /// Rolled back, but reported as unknown.
    UnknownAndNot,
}

impl<S: Store> Faulty<S> {
    pub(crate) fn new(inner: S) -> Self {
        let state = Arc::default();
        Self { inner, state }
    }

    pub(crate) fn fail_after(&self, operations: Option<usize>) {
        self.state.lock().unwrap().fails_after = operations;
    }

    /// Returns whether the failure is still to come.
    pub(crate) fn is_armed(&self) -> bool {
        self.state.lock().unwrap().fails_after.is_some()
    }

    pub(crate) fn commits(&self, commit: Commit) {
        self.state.lock().unwrap().commit = commit;
    }

    pub(crate) fn commits_once(&self, commit: Commit) {
        self.state.lock().unwrap().next_commit = Some(commit);
    }

    /// Takes the recorded operations.
    pub(crate) fn asked(&self) -> Vec<&'static str> {
        std::mem::take(&mut self.state.lock().unwrap().asked)
    }

    fn ask(&self, operation: &'static str) -> Result<(), StoreError> {
        let mut state = self.state.lock().unwrap();
        state.asked.push(operation);
        match &mut state.fails_after {
            None => Ok(()),
            Some(0) => {
                state.fails_after = None;
                Err(StoreError::Unavailable(operation.into()))
            }
            Some(left) => {
                *left -= 1;
                Ok(())
            }
        }
    }
}

/// Generates operations that forward to the inner store, unless they have to fail.
macro_rules! asked {
    ($($operation:ident($($name:ident: $type:ty),*) -> $answer:ty;)*) => {$(
        async fn $operation(&self, $($name: $type),*) -> Result<$answer, StoreError> {
            self.ask(stringify!($operation))?;
            self.inner.$operation($($name),*).await
        }
    )*};
}

impl<S: Store> Store for Faulty<S> {
    type Outbox = S::Outbox;

    fn deliveries(&self) -> &S::Outbox {
        self.inner.deliveries()
    }
}

impl<S: Store> AccountStore for Faulty<S> {
    type User = User;
    type Transaction = S::Transaction;
    type Table = S::Table;
    type Ledger = S::Ledger;

    fn table(&self) -> &S::Table {
        self.inner.table()
    }

    fn ledger(&self) -> &S::Ledger {
        self.inner.ledger()
    }

    async fn purge(&self, now: AttemptTime) -> Result<u64, StoreError> {
        self.ask(match now {
            AttemptTime::Present(_) => "purge",
            AttemptTime::At(_) => "purge_at",
        })?;
        self.inner.purge(now).await
    }

    asked! {
        find(id: &UserId) -> Option<User>;
        find_by_login(login: &NormalForm) -> Option<User>;
        find_by_email(email: &NormalForm) -> Option<User>;
        find_by_token(token: &TokenKey, now: OffsetDateTime) -> Option<(User, String)>;
        page(after: Option<&UserId>, limit: u32) -> Vec<User>;
        reserve_attempt(attempt: &Attempt, now: AttemptTime) -> Reservation;
        reserve_attempt_and_find(
            attempt: &Attempt,
            now: AttemptTime,
            login: &NormalForm
        ) -> (Reservation, Option<User>);
        audit(after: Option<AuditNumber>, limit: u32) -> Vec<(AuditNumber, AuditEntry)>;
        audit_of(
            account: &UserId,
            after: Option<AuditNumber>,
            limit: u32
        ) -> Vec<(AuditNumber, AuditEntry)>;
        begin() -> S::Transaction;
        rollback(transaction: S::Transaction) -> ();
        insert(
            transaction: &mut S::Transaction,
            user: &User,
            holders: UnverifiedHolders,
            now: OffsetDateTime
        ) -> Inserted<User>;
        set_password(
            transaction: &mut S::Transaction,
            id: &UserId,
            expected: Expected<'_>,
            password: &Password
        ) -> Option<User>;
        lock_if_unchanged(
            transaction: &mut S::Transaction,
            id: &UserId,
            password: &Password
        ) -> Option<User>;
        mark_verified(transaction: &mut S::Transaction, id: &UserId, email: &str) -> Option<User>;
        set_email(
            transaction: &mut S::Transaction,
            id: &UserId,
            old: &str,
            new: &str,
            holders: UnverifiedHolders
        ) -> EmailSet<User>;
        set_active(
            transaction: &mut S::Transaction,
            id: &UserId,
            is_active: bool,
            epoch: SessionEpoch
        ) -> Option<User>;
        delete(transaction: &mut S::Transaction, id: &UserId) -> Option<User>;
        find_session(digest: &SessionDigest, now: OffsetDateTime) -> Option<(Session, User)>;
        sessions(id: &UserId) -> Vec<Session>;
        touch_session(
            digest: &SessionDigest,
            now: OffsetDateTime,
            idle_expires_at: OffsetDateTime,
            unless_seen_after: OffsetDateTime
        ) -> ();
        insert_session(
            transaction: &mut S::Transaction,
            digest: &SessionDigest,
            session: &Session
        ) -> InsertedSession;
        rotate_session(
            transaction: &mut S::Transaction,
            id: &UserId,
            old_and_new: [&SessionDigest; 2],
            now: OffsetDateTime,
            authenticated_at: Option<OffsetDateTime>
        ) -> Option<Session>;
        sign_out(
            transaction: &mut S::Transaction,
            digest: &SessionDigest
        ) -> Option<(Session, User)>;
        end_sessions(
            transaction: &mut S::Transaction,
            id: &UserId,
            which: EndSessions
        ) -> Option<(User, Vec<Session>)>;
        put_token(
            transaction: &mut S::Transaction,
            id: &UserId,
            purpose: TokenPurpose,
            token: &PendingToken
        ) -> bool;
        consume_token(
            transaction: &mut S::Transaction,
            token: &TokenKey,
            now: OffsetDateTime
        ) -> Option<TokenOwner>;
        delete_tokens(transaction: &mut S::Transaction, id: &UserId) -> ();
        clear_attempts(transaction: &mut S::Transaction, keys: &[AttemptKey]) -> ();
        return_attempts(transaction: &mut S::Transaction, keys: &[AttemptKey]) -> ();
        append_audit(transaction: &mut S::Transaction, entries: &[AuditEntry]) -> ();
    }

    async fn commit(&self, transaction: S::Transaction) -> CommitOutcome<StoreError> {
        if let Err(error) = self.ask("commit") {
            drop(transaction);
            return CommitOutcome::RolledBack(error);
        }
        let commit = {
            let mut state = self.state.lock().unwrap();
            state.next_commit.take().unwrap_or(state.commit)
        };
        let lost = || CommitOutcome::Unknown(StoreError::Unavailable("lost".into()));
        match commit {
            Commit::Done => self.inner.commit(transaction).await,
            Commit::UnknownAndDone => {
                let outcome = self.inner.commit(transaction).await;
                assert!(matches!(outcome, CommitOutcome::Committed));
                lost()
            }
            Commit::UnknownAndNot => {
                self.inner.rollback(transaction).await.unwrap();
                lost()
            }
        }
    }
}

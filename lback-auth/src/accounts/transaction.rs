//! A transaction in a store, and the signals that wait for it.

use std::sync::Arc;

use lback_signals::{CommitOutcome, Scope, Transaction};

use super::told::Told;
use super::{Accounts, AccountsError, RequestAnswering, outside};
use crate::{AccountStore, Attempt, AttemptKey, AuditBuffer, AuditEntry, RequestContext, UserId};

/// A transaction of [`Accounts::begin`], in which flows run beside rows of the application's own.
///
/// Signals of the model are sent inside it, so that their `after_commit` receivers run when it has
/// committed; those of the flows are sent then. One that is dropped is rolled back, and nothing is
/// said of it.
///
/// It is outside of a [`Transaction`] of the application's own that is current where it begins, commits
/// or rolls back: the two end on connections of their own.
///
/// While it is open it holds a connection: run nothing in between that needs another.
#[must_use = "dropping it rolls back: end it with `commit`"]
pub struct AccountsTransaction<S: AccountStore> {
    // The first to be dropped: receivers hear of a rollback when it has happened.
    rows: S::Transaction,
    signals: Transaction,
    accounts: Accounts<S>,
    context: RequestContext,
    audit: Arc<AuditBuffer>,
    told: Vec<Told<S::User>>,
    has_requests: bool,
    /// How many flows have begun to write and not come to their end.
    unfinished: u32,
}

impl<S: AccountStore> AccountsTransaction<S> {
    pub(super) async fn begin(accounts: &Accounts<S>) -> Result<Self, AccountsError> {
        outside(async {
            let context = RequestContext::current();
            Ok(Self {
                rows: accounts.store.begin().await?,
                signals: Transaction::new(),
                accounts: accounts.clone(),
                audit: Arc::new(accounts.audit_buffer(context.clone())),
                context,
                told: Vec::new(),
                has_requests: false,
                unfinished: 0,
            })
        })
        .await
    }

    /// The store's own transaction, for rows of the application's own.
    pub fn rows(&mut self) -> &mut S::Transaction {
        &mut self.rows
    }

    /// Commits, and then sends what there is to tell.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store): it is rolled back. [`Conflict`](AccountsError::Conflict):
    /// so it is, since a flow in it was half done when it failed.
    /// [`CommitUnknown`](AccountsError::CommitUnknown): it may be committed or not, and no receiver
    /// hears of it either way.
    pub async fn commit(self) -> Result<(), AccountsError> {
        outside(self.commit_outside()).await
    }

    async fn commit_outside(self) -> Result<(), AccountsError> {
        if self.unfinished > 0 {
            self.rollback().await?;
            return Err(AccountsError::Conflict);
        }
        let Self {
            mut rows,
            signals,
            accounts,
            audit,
            told,
            has_requests,
            ..
        } = self;
        let appended = match &*audit.entries() {
            [] => Ok(()),
            entries => accounts.store.append_audit(&mut rows, entries).await,
        };
        if let Err(error) = appended {
            // In this order: receivers hear of a rollback when it has happened.
            drop(rows);
            drop(signals);
            return Err(error.into());
        }
        let mut is_unknown = false;
        let committing = async {
            let outcome = accounts.store.commit(rows).await;
            is_unknown = matches!(outcome, CommitOutcome::Unknown(_));
            outcome
        };
        if let Err(error) = signals.commit_with(committing).await {
            return Err(if is_unknown {
                AccountsError::CommitUnknown(error)
            } else {
                error.into()
            });
        }
        told.iter().for_each(Told::send);
        if has_requests && accounts.settings.request_answering == RequestAnswering::Spawned {
            accounts.answer_soon();
        }
        Ok(())
    }

    /// Rolls back.
    ///
    /// # Errors
    ///
    /// [`Store`](AccountsError::Store): the database did not answer. It is rolled back when that
    /// notices that nobody is there any more.
    pub async fn rollback(self) -> Result<(), AccountsError> {
        outside(async {
            self.accounts.store.rollback(self.rows).await?;
            self.signals.rollback();
            Ok(())
        })
        .await
    }

    /// Commits what was done, and rolls back what was not.
    pub(super) async fn end<T>(self, done: Result<T, AccountsError>) -> Result<T, AccountsError> {
        match done {
            Ok(done) => {
                self.commit().await?;
                Ok(done)
            }
            Err(error) => {
                // The first error says more.
                let _ = self.rollback().await;
                Err(error)
            }
        }
    }

    /// Nothing was found out, so the attempt does not count.
    pub(super) async fn return_attempt(&mut self, attempt: &Attempt) -> Result<(), AccountsError> {
        let client = attempt.client.map(|(key, _)| key);
        let keys: Vec<_> = client.into_iter().chain([attempt.subject.0]).collect();
        let (store, rows) = self.store();
        Ok(store.return_attempts(rows, &keys).await?)
    }

    /// No mail comes of it, so it does not count for the address; it does for the client, which can have
    /// it as often as there are addresses.
    pub(super) async fn return_subject(&mut self, attempt: &Attempt) -> Result<(), AccountsError> {
        let (subject, _) = attempt.subject;
        let (store, rows) = self.store();
        Ok(store.return_attempts(rows, &[subject]).await?)
    }

    /// Forgets the attempts of some keys, and gives one back to the client: in the order of all
    /// keys, as attempts are counted, so that no two transactions wait for each other.
    pub(super) async fn settle_attempts(
        &mut self,
        cleared: &[AttemptKey],
        client: Option<AttemptKey>,
    ) -> Result<(), AccountsError> {
        let mut cleared = cleared.to_vec();
        cleared.sort_unstable();
        let before = client.map_or(cleared.len(), |client| {
            cleared.partition_point(|key| *key < client)
        });
        let (store, rows) = self.store();
        store.clear_attempts(rows, &cleared[..before]).await?;
        if let Some(client) = client {
            store.return_attempts(rows, &[client]).await?;
            store.clear_attempts(rows, &cleared[before..]).await?;
        }
        Ok(())
    }

    /// Keeps it from being committed until the flow that begins to write has [ended](Self::end_flow).
    /// One that the database fails in, or that is given up, is half done and never does.
    pub(super) fn begin_flow(&mut self) {
        self.unfinished += 1;
    }

    /// All of a flow is done, or nothing.
    pub(super) fn end_flow(&mut self) {
        self.unfinished -= 1;
    }

    /// The store, and its transaction.
    pub(super) fn store(&mut self) -> (&S, &mut S::Transaction) {
        (&self.accounts.store, &mut self.rows)
    }

    /// Sends signals of the model inside, where receivers can note what they hear.
    pub(super) fn inside<T>(&self, send: impl FnOnce() -> T) -> T {
        let scope = Scope::new().provide_dyn(Arc::clone(&self.audit));
        scope.run(|| self.signals.run(send))
    }

    /// Tells it when it has committed, and notes it in the audit log.
    pub(super) fn tell(&mut self, told: Told<S::User>) {
        told.note(&self.audit);
        self.told.push(told);
    }

    /// Notes in the audit log what no signal says.
    pub(super) fn note(&self, signal: &'static str, outcome: &'static str, user: Option<UserId>) {
        self.audit.note(signal, outcome, user);
    }

    /// Notes what was noted before it began.
    pub(super) fn note_all(&self, entries: Vec<AuditEntry>) {
        self.audit.extend(entries);
    }

    /// Tells it when it has committed, and notes nothing: whoever floods would fill the log.
    pub(super) fn tell_only(&mut self, told: Told<S::User>) {
        self.told.push(told);
    }

    /// Has the requests looked at when it has committed.
    pub(super) fn has_filed(&mut self) {
        self.has_requests = true;
    }

    pub(super) fn context(&self) -> &RequestContext {
        &self.context
    }
}

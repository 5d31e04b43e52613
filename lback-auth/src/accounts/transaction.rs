//! Transaction of a store with the signals that wait for its commit.

use std::sync::Arc;

use lback_signals::{CommitError, CommitOutcome, Scope, Transaction};

use super::deliveries::Deliveries;
use super::event::FlowEvent;
use super::{Accounts, AccountsError, without_transaction};
use crate::audit::AuditBuffer;
use crate::request_context::RequestContext;
use crate::store::Ledger as _;
use crate::store::{AccountStore, Attempt, AttemptKey, AuditEntry};
use crate::user_id::UserId;

/// Transaction of [`Accounts::begin`], in which flows run and the application writes its rows.
///
/// Signals of the model are sent inside the transaction, so their `after_commit` receivers run after the commit.
/// Signals of the flows are sent after the commit. Dropping the transaction rolls it back and discards its signals.
///
/// It is independent of a [`Transaction`] of the application that is current when it begins, commits or rolls back:
/// the two use separate connections.
///
/// An open transaction holds a connection. Do not run code in between that needs another one of the same pool.
#[must_use = "dropping the transaction rolls it back: end it with `commit`"]
pub struct AccountsTransaction<S: AccountStore> {
    // Dropped first, so that receivers learn of a rollback only after it.
    rows: S::Transaction,
    signals: Transaction,
    accounts: Accounts<S>,
    context: RequestContext,
    audit: Arc<AuditBuffer>,
    events: Vec<FlowEvent<S::User>>,
    /// The number of flows that have begun to write and not ended.
    open_flows: u32,
}

impl<S: AccountStore> AccountsTransaction<S> {
    pub(super) async fn begin(accounts: &Accounts<S>) -> Result<Self, AccountsError> {
        without_transaction(async {
            let context = RequestContext::current();
            Ok(Self {
                rows: accounts.store.begin().await?,
                signals: Transaction::new(),
                accounts: accounts.clone(),
                audit: Arc::new(accounts.audit_buffer(context.clone())),
                context,
                events: Vec::new(),
                open_flows: 0,
            })
        })
        .await
    }

    /// Returns the transaction of the store, to write rows of the application.
    pub fn rows(&mut self) -> &mut S::Transaction {
        &mut self.rows
    }

    /// Commits, and then sends the signals of the flows.
    ///
    /// # Errors
    ///
    /// - [`Store`](AccountsError::Store): the transaction is rolled back.
    /// - [`Conflict`](AccountsError::Conflict): the transaction is rolled back, because a flow failed or was dropped
    ///   after it had begun to write.
    /// - [`CommitUnknown`](AccountsError::CommitUnknown): the transaction may be committed or not. No signals are
    ///   sent.
    /// - [`NotEnqueued`](AccountsError::NotEnqueued): the transaction is rolled back, because a signal could not be
    ///   enqueued for its durable receivers.
    pub async fn commit(self) -> Result<(), AccountsError> {
        without_transaction(self.commit_inner()).await
    }

    async fn commit_inner(self) -> Result<(), AccountsError> {
        if self.open_flows > 0 {
            self.rollback().await?;
            return Err(AccountsError::Conflict);
        }
        let Self {
            mut rows,
            signals,
            accounts,
            audit,
            events,
            ..
        } = self;
        let store = &accounts.store;
        let writing = async {
            let mut deliveries = Deliveries::take(store, &signals, &events)?;
            if let entries @ [_, ..] = &*audit.entries() {
                store.append_audit(&mut rows, entries).await?;
            }
            let has_deliveries = deliveries.write(store, &mut rows).await?;
            Ok::<_, AccountsError>((deliveries, has_deliveries))
        };
        let (deliveries, has_deliveries) = match writing.await {
            Ok(written) => written,
            Err(error) => {
                // In this order, so that receivers learn of the rollback only after it.
                drop(rows);
                drop(signals);
                return Err(error);
            }
        };
        let mut is_unknown = false;
        let committing = async {
            let outcome = store.commit(rows).await;
            is_unknown = matches!(outcome, CommitOutcome::Unknown(_));
            if has_deliveries && !matches!(outcome, CommitOutcome::RolledBack(_)) {
                store.ledger().wake_workers();
            }
            outcome
        };
        match signals.commit_with(committing).await {
            Ok(_) => {}
            Err(CommitError::Database(error)) if is_unknown => {
                return Err(AccountsError::CommitUnknown(error));
            }
            Err(CommitError::Database(error)) => return Err(error.into()),
            Err(refused) => return Err(AccountsError::NotEnqueued(refused.into())),
        }
        deliveries.send(&events);
        Ok(())
    }

    /// Rolls back.
    ///
    /// # Errors
    ///
    /// Returns [`Store`](AccountsError::Store) if the database did not answer. It rolls back when it notices that the
    /// connection is closed.
    pub async fn rollback(self) -> Result<(), AccountsError> {
        without_transaction(async {
            self.accounts.store.rollback(self.rows).await?;
            self.signals.rollback();
            Ok(())
        })
        .await
    }

    /// Commits if the flow succeeded, and rolls back if not.
    pub(super) async fn finish<T>(
        self,
        flow: Result<T, AccountsError>,
    ) -> Result<T, AccountsError> {
        match flow {
            Ok(value) => {
                self.commit().await?;
                Ok(value)
            }
            Err(error) => {
                // The error of the flow is the cause.
                let _ = self.rollback().await;
                Err(error)
            }
        }
    }

    /// Returns an attempt, because the password was not checked.
    pub(super) async fn return_attempt(&mut self, attempt: &Attempt) -> Result<(), AccountsError> {
        let client = attempt.client.map(|(key, _)| key);
        let keys: Vec<_> = client.into_iter().chain([attempt.subject.0]).collect();
        let (store, rows) = self.store();
        Ok(store.return_attempts(rows, &keys).await?)
    }

    /// Returns the attempt of the address, because no mail is sent. The attempt of the client still counts, since a
    /// client could otherwise repeat it with any number of addresses.
    pub(super) async fn return_subject(&mut self, attempt: &Attempt) -> Result<(), AccountsError> {
        let (subject, _) = attempt.subject;
        let (store, rows) = self.store();
        Ok(store.return_attempts(rows, &[subject]).await?)
    }

    /// Clears the attempts of some keys, and returns one attempt to the client. The keys are locked in ascending
    /// order, as when attempts are counted, so that transactions do not deadlock.
    pub(super) async fn clear_attempts(
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

    /// Prevents the commit until the flow that begins to write has [ended](Self::end_flow). A flow that fails or is
    /// dropped in between never ends.
    pub(super) fn begin_flow(&mut self) {
        self.open_flows += 1;
    }

    /// Marks the end of a flow: all of its writes are done, or none.
    pub(super) fn end_flow(&mut self) {
        self.open_flows -= 1;
    }

    /// Returns the store and its transaction.
    pub(super) fn store(&mut self) -> (&S, &mut S::Transaction) {
        (&self.accounts.store, &mut self.rows)
    }

    /// Sends signals of the model inside the transaction, and provides the audit buffer to their receivers.
    pub(super) fn dispatch<T>(&self, send: impl FnOnce() -> T) -> T {
        let scope = Scope::new().provide_dyn(Arc::clone(&self.audit));
        scope.run(|| self.signals.run(send))
    }

    /// Queues the signal of an event for after the commit, and appends the event to the audit log.
    pub(super) fn send_after_commit(&mut self, event: FlowEvent<S::User>) {
        event.audit(&self.audit);
        self.events.push(event);
    }

    /// Appends an outcome to the audit log for which no signal is sent.
    pub(super) fn audit_outcome(
        &self,
        signal: &'static str,
        outcome: &'static str,
        user: Option<UserId>,
    ) {
        self.audit.note(signal, outcome, user);
    }

    /// Appends audit entries from before the transaction.
    pub(super) fn audit_entries(&self, entries: Vec<AuditEntry>) {
        self.audit.extend(entries);
    }

    /// Queues the signal of an event that clients could use to fill the audit log.
    pub(super) fn send_after_commit_unaudited(&mut self, event: FlowEvent<S::User>) {
        self.events.push(event);
    }

    pub(super) fn context(&self) -> &RequestContext {
        &self.context
    }
}

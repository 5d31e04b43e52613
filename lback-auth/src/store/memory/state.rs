//! The stored data.

use std::fmt;
use std::sync::Arc;

use lback_signals::durable::SignalRow;
use time::OffsetDateTime;

use super::attempts::Attempts;
use super::numbered::Numbered;
use super::sessions::Sessions;
use super::tokens::Tokens;
use crate::store::{AccountColumns, AuditEntry};

/// Connection of a [`MemoryLedger`](crate::MemoryLedger): a snapshot of the stored data, in which a
/// transaction writes until it commits.
#[derive(Clone, Default)]
pub struct MemoryConnection {
    /// Copied by the first write, if a reader or the committed state shares it.
    state: Arc<State>,
    savepoint: Option<Arc<State>>,
}

#[derive(Clone, Default)]
pub(super) struct State {
    /// The accounts by their ids. A copy of the state shares the rows.
    pub(super) accounts: Numbered<Arc<AccountColumns>>,
    pub(super) tokens: Tokens,
    pub(super) sessions: Sessions,
    pub(super) attempts: Attempts,
    pub(super) audit: Numbered<AuditEntry>,
    /// For the outbox. Empty in what is committed.
    pub(super) deliveries: Deliveries,
}

/// The writes to the outbox that a transaction makes at its commit.
#[derive(Clone, Default)]
pub(super) struct Deliveries {
    pub(super) signals: Vec<SignalRow>,
    /// The subjects of deleted accounts.
    pub(super) erased: Vec<String>,
}

impl MemoryConnection {
    pub(super) fn read(&self) -> &State {
        &self.state
    }

    pub(super) fn write(&mut self) -> &mut State {
        Arc::make_mut(&mut self.state)
    }

    /// Removes what the transaction holds for the outbox.
    pub(super) fn take_deliveries(&mut self) -> Deliveries {
        std::mem::take(&mut self.write().deliveries)
    }

    pub(super) fn set_savepoint(&mut self) {
        self.savepoint = Some(Arc::clone(&self.state));
    }

    pub(super) fn release_savepoint(&mut self) {
        self.savepoint = None;
    }

    pub(super) fn roll_back_to_savepoint(&mut self) {
        if let Some(state) = self.savepoint.take() {
            self.state = state;
        }
    }
}

impl AsMut<Self> for MemoryConnection {
    fn as_mut(&mut self) -> &mut Self {
        self
    }
}

impl fmt::Debug for MemoryConnection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryConnection(..)")
    }
}

impl State {
    pub(super) fn purge(&mut self, now: OffsetDateTime) -> usize {
        self.tokens.purge(now) + self.sessions.purge(now) + self.attempts.purge(now)
    }
}

//! Where a transaction is between its begin and its end, and what waits for that.

use super::pending::Pending;
use crate::info::Phase;
use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionEnd {
    Committed,
    RolledBack,
    Abandoned,
}

/// What becomes of signals that a transaction has accepted.
#[must_use]
pub(crate) enum Fate {
    /// They wait for the end of the transaction.
    Waiting {
        /// How many of their receivers wait for the commit.
        for_commit: usize,
    },
    /// Their receivers of this phase run now, in this transaction.
    Due {
        pending: Vec<Pending>,
        phase: Phase,
        transaction: Option<Arc<TransactionNode>>,
    },
    /// None of their receivers runs.
    Abandoned(Vec<Pending>),
}

/// A transaction, as those know it who send in it and those that are nested in it.
pub(crate) struct TransactionNode {
    parent: Option<Arc<TransactionNode>>,
    /// Locked for no longer than it takes to read or change it: never while a receiver runs.
    state: Mutex<State>,
}

enum State {
    /// With what waits for the end, in any order: a nested send comes before the one around it.
    Open(Vec<Pending>),
    Ended(TransactionEnd),
}

impl TransactionNode {
    pub(crate) fn new(parent: Option<Arc<Self>>) -> Self {
        Self {
            parent,
            state: Mutex::new(State::Open(Vec::new())),
        }
    }

    /// The innermost of this one and those around it that has not ended.
    pub(crate) fn open(self: Arc<Self>) -> Option<Arc<Self>> {
        let mut node = Some(self);
        while let Some(ended) = node.take_if(|node| !node.is_open()) {
            node.clone_from(&ended.parent);
        }
        node
    }

    pub(crate) fn is_open(&self) -> bool {
        matches!(*self.lock(), State::Open(_))
    }

    /// Adds signals that wait for the end. If the transaction has ended, they share its fate at once.
    pub(crate) fn accept(&self, pending: Vec<Pending>) -> Fate {
        let mut node = self;
        loop {
            let end = match &mut *node.lock() {
                State::Open(waiting) => {
                    let for_commit = pending.iter().map(Pending::waiting_for_commit).sum();
                    waiting.extend(pending);
                    return Fate::Waiting { for_commit };
                }
                State::Ended(end) => *end,
            };
            let (phase, transaction) = match (end, &node.parent) {
                (TransactionEnd::Committed, Some(parent)) => {
                    node = parent;
                    continue;
                }
                (TransactionEnd::Committed, None) => (Phase::AfterCommit, None),
                (TransactionEnd::RolledBack, parent) => (Phase::AfterRollback, parent.clone()),
                (TransactionEnd::Abandoned, _) => return Fate::Abandoned(pending),
            };
            return Fate::Due {
                pending,
                phase,
                transaction,
            };
        }
    }

    /// Ends the transaction and takes out what waits, in the order of sending. Returns `None` if it has
    /// ended before.
    pub(crate) fn close(&self, end: TransactionEnd) -> Option<Vec<Pending>> {
        let mut state = self.lock();
        let State::Open(pending) = &mut *state else {
            return None;
        };
        let mut pending = mem::take(pending);
        *state = State::Ended(end);
        drop(state);
        pending.sort_by_key(Pending::order);
        Some(pending)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TransactionNode {
    /// One after the other: a chain of jobs that each begin the next one may be long.
    fn drop(&mut self) {
        let mut parent = self.parent.take();
        while let Some(mut node) = parent.and_then(Arc::into_inner) {
            parent = node.parent.take();
        }
    }
}

impl fmt::Debug for TransactionNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Not locked while it is written: whoever writes it may send in it.
        let (status, pending) = match &*self.lock() {
            State::Open(pending) => ("Open".to_owned(), pending.len()),
            State::Ended(end) => (format!("{end:?}"), 0),
        };
        f.debug_struct("Transaction")
            .field("status", &format_args!("{status}"))
            .field("pending", &pending)
            .field("is_nested", &self.parent.is_some())
            .finish_non_exhaustive()
    }
}

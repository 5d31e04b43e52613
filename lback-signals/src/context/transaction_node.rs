//! The state of a transaction, and the signals that wait for its end.

#[cfg(feature = "durable")]
mod enqueue;

#[cfg(feature = "durable")]
pub(crate) use self::enqueue::{EnqueueFate, not_written};
#[cfg(feature = "durable")]
use super::enqueued::EnqueuedSignals;
use super::pending::Pending;
#[cfg(feature = "durable")]
use crate::enqueue::EnqueueLimits;
use crate::info::Phase;
use std::fmt;
use std::mem;
#[cfg(feature = "durable")]
use std::sync::OnceLock;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TransactionEnd {
    Committed,
    RolledBack,
    Abandoned,
}

/// The treatment of signals that a transaction has accepted.
#[must_use]
pub(crate) enum Fate {
    /// The signals wait for the end of the transaction.
    Waiting {
        /// The number of their receivers that wait for the commit.
        for_commit: usize,
    },
    /// The receivers of `phase` run now, in the enclosing `transaction`.
    Due {
        pending: Vec<Pending>,
        phase: Phase,
        transaction: Option<Arc<TransactionNode>>,
    },
    /// No receiver runs.
    Abandoned(Vec<Pending>),
}

/// The shared part of a transaction, which its senders and nested transactions hold.
pub(crate) struct TransactionNode {
    parent: Option<Arc<TransactionNode>>,
    #[cfg(feature = "durable")]
    limits: EnqueueLimits,
    /// The stored name of a signal that a rollback has discarded.
    #[cfg(feature = "durable")]
    discarded: OnceLock<&'static str>,
    /// Never locked while user code runs.
    state: Mutex<State>,
}

enum State {
    Open(Open),
    Ended(TransactionEnd),
}

/// The contents of a transaction that has not ended.
#[derive(Default)]
struct Open {
    /// The waiting signals, unordered: a nested send is added before the enclosing one.
    pending: Vec<Pending>,
    #[cfg(feature = "durable")]
    enqueued: EnqueuedSignals,
}

/// The signals of a transaction that has ended, in the order of sending.
pub(crate) struct Closed {
    pub(crate) pending: Vec<Pending>,
    #[cfg(feature = "durable")]
    pub(crate) enqueued: EnqueuedSignals,
}

impl TransactionNode {
    pub(crate) fn new(parent: Option<Arc<Self>>) -> Self {
        Self {
            #[cfg(feature = "durable")]
            limits: parent
                .as_ref()
                .map(|parent| parent.limits)
                .unwrap_or_default(),
            #[cfg(feature = "durable")]
            discarded: OnceLock::new(),
            parent,
            state: Mutex::new(State::Open(Open::default())),
        }
    }

    /// Returns the innermost open transaction among this one and the enclosing ones.
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

    /// Adds signals that wait for the end of the transaction. If it has ended, its outcome applies to
    /// them at once.
    pub(crate) fn accept(&self, pending: Vec<Pending>) -> Fate {
        let mut node = self;
        loop {
            let end = match &mut *node.lock() {
                State::Open(open) => {
                    let for_commit = pending.iter().map(Pending::waiting_for_commit).sum();
                    open.pending.extend(pending);
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

    /// Ends the transaction and returns its signals. Returns `None` if it has already ended.
    pub(crate) fn close(&self, end: TransactionEnd) -> Option<Closed> {
        let mut state = self.lock();
        let State::Open(open) = &mut *state else {
            return None;
        };
        let Open {
            mut pending,
            #[cfg(feature = "durable")]
            mut enqueued,
        } = mem::take(open);
        *state = State::Ended(end);
        drop(state);
        pending.sort_by_key(Pending::order);
        #[cfg(feature = "durable")]
        {
            enqueued.sort();
            if end == TransactionEnd::RolledBack {
                self.discard(&enqueued);
            }
        }
        Some(Closed {
            pending,
            #[cfg(feature = "durable")]
            enqueued,
        })
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for TransactionNode {
    /// Drops the parents in a loop, since recursion could overflow the stack on a long chain.
    fn drop(&mut self) {
        let mut parent = self.parent.take();
        while let Some(mut node) = parent.and_then(Arc::into_inner) {
            parent = node.parent.take();
        }
    }
}

impl fmt::Debug for TransactionNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "durable")]
        let enqueued = match &*self.lock() {
            State::Open(open) => open.enqueued.signals.len(),
            State::Ended(_) => 0,
        };
        // The formatter may run user code that sends in this transaction, so the lock is released first.
        let (status, pending) = match &*self.lock() {
            State::Open(open) => ("Open".to_owned(), open.pending.len()),
            State::Ended(end) => (format!("{end:?}"), 0),
        };
        let mut debug = f.debug_struct("Transaction");
        debug
            .field("status", &format_args!("{status}"))
            .field("pending", &pending);
        #[cfg(feature = "durable")]
        debug.field("enqueued", &enqueued);
        debug
            .field("is_nested", &self.parent.is_some())
            .finish_non_exhaustive()
    }
}

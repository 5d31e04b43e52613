//! Where a transaction is between its begin and its end, and what waits for that.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pending::{Abandoned, Pending, abandon, deliver};
use crate::phase::Phase;
#[cfg(feature = "tracing")]
use crate::quiet::quietly;
use crate::report::Report;
use crate::stderr;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Committed,
    RolledBack,
    Abandoned,
}

/// A transaction, as those know it who send in it and those that are nested in it.
pub(crate) struct Node {
    parent: Option<Arc<Node>>,
    /// Locked for no longer than it takes to read or change it: never while a receiver runs.
    state: Mutex<State>,
}

enum State {
    /// With what waits for the end, in any order: a nested send comes before the one around it.
    Open(Vec<Pending>),
    Ended(End),
}

impl Node {
    pub(super) fn new(parent: Option<Arc<Self>>) -> Self {
        Self {
            parent,
            state: Mutex::new(State::Open(Vec::new())),
        }
    }

    /// The innermost of this one and those around it that has not ended.
    pub(super) fn open(self: Arc<Self>) -> Option<Arc<Self>> {
        let mut node = Some(self);
        while let Some(ended) = node.take_if(|node| !node.is_open()) {
            node.clone_from(&ended.parent);
        }
        node
    }

    pub(super) fn is_open(&self) -> bool {
        matches!(*self.lock(), State::Open(_))
    }

    /// Lets something wait for the end. If that has been, what waits shares its fate at once.
    pub(crate) fn accept(&self, pending: Vec<Pending>) -> Report {
        if pending.is_empty() {
            return Report::of_delivered(0);
        }
        let mut node = self;
        loop {
            let end = match &mut *node.lock() {
                State::Open(waiting) => {
                    let mut report = Report::of_delivered(0);
                    report.add_deferred(pending.iter().map(Pending::waiting_for_commit).sum());
                    waiting.extend(pending);
                    return report;
                }
                State::Ended(end) => *end,
            };
            match (end, &node.parent) {
                (End::Committed, Some(parent)) => node = parent,
                (End::Committed, None) => return deliver(pending, Phase::AfterCommit, None),
                (End::RolledBack, parent) => {
                    return deliver(pending, Phase::AfterRollback, parent.as_ref());
                }
                (End::Abandoned, _) => {
                    abandon(pending);
                    return Report::of_delivered(0);
                }
            }
        }
    }

    /// Ends it, and does with what waits as fits the end.
    pub(super) fn end(&self, end: End) -> Report {
        if let Some(pending) = self.close(end) {
            return self.accept(pending);
        }
        if end == End::Committed {
            log_vain_commit();
        }
        Report::of_delivered(0)
    }

    pub(super) fn abandon(&self) -> Vec<Abandoned> {
        abandon(self.close(End::Abandoned).unwrap_or_default())
    }

    /// Takes out what waits, in the order of sending. `None`, if it has ended before.
    fn close(&self, end: End) -> Option<Vec<Pending>> {
        let mut state = self.lock();
        let State::Open(pending) = &mut *state else {
            return None;
        };
        let mut pending = mem::take(pending);
        *state = State::Ended(end);
        drop(state);
        pending.sort_by_key(|pending| pending.sent);
        Some(pending)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Only a caught panic can have ended it before its owner does.
fn log_vain_commit() {
    #[cfg(feature = "tracing")]
    quietly(|| {
        tracing::error!(
            "a transaction was committed that a panic had rolled back: no receiver runs for it"
        );
    });
    stderr::write_unless_traced(|| {
        "a transaction was committed that a panic had rolled back: no receiver runs for it"
            .to_owned()
    });
}

impl Drop for Node {
    /// One after the other: a chain of jobs that each begin the next one may be long.
    fn drop(&mut self) {
        let mut parent = self.parent.take();
        while let Some(mut node) = parent.and_then(Arc::into_inner) {
            parent = node.parent.take();
        }
    }
}

impl fmt::Debug for Node {
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

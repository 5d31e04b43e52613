//! Where a transaction is between its begin and its end, and what waits for that.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pending::{Abandoned, Pending, abandon, deliver};
use crate::phase::Phase;
#[cfg(feature = "tracing")]
use crate::quiet::quietly;
use crate::report::Report;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Status {
    Open,
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

struct State {
    status: Status,
    /// In the order of sending. Empty, unless it is open.
    pending: Vec<Pending>,
}

impl Node {
    pub(super) fn new(parent: Option<Arc<Self>>) -> Self {
        Self {
            parent,
            state: Mutex::new(State {
                status: Status::Open,
                pending: Vec::new(),
            }),
        }
    }

    /// The innermost of this one and those around it that has not ended.
    pub(super) fn open(self: Arc<Self>) -> Option<Arc<Self>> {
        let mut node = Some(self);
        while let Some(ended) = node.take_if(|node| node.lock().status != Status::Open) {
            node.clone_from(&ended.parent);
        }
        node
    }

    pub(super) fn is_open(&self) -> bool {
        self.lock().status == Status::Open
    }

    /// Lets something wait for the end. If that has been, what waits shares its fate at once.
    pub(crate) fn accept(&self, pending: Vec<Pending>) -> Report {
        if pending.is_empty() {
            return Report::of_delivered(0);
        }
        let mut node = self;
        loop {
            let status = {
                let mut state = node.lock();
                if state.status == Status::Open {
                    let mut report = Report::of_delivered(0);
                    report.add_deferred(pending.iter().map(Pending::waiting_for_commit).sum());
                    state.pending.extend(pending);
                    return report;
                }
                state.status
            };
            match (status, &node.parent) {
                (Status::Committed, Some(parent)) => node = parent,
                (Status::Committed, None) => return deliver(pending, Phase::AfterCommit, None),
                (Status::RolledBack, parent) => {
                    return deliver(pending, Phase::AfterRollback, parent.as_ref());
                }
                (Status::Abandoned | Status::Open, _) => {
                    abandon(pending);
                    return Report::of_delivered(0);
                }
            }
        }
    }

    /// Ends it, and does with what waits as fits the end.
    pub(super) fn end(&self, status: Status) -> Report {
        if let Some(pending) = self.close(status) {
            return self.accept(pending);
        }
        if status == Status::Committed {
            log_vain_commit();
        }
        Report::of_delivered(0)
    }

    pub(super) fn abandon(&self) -> Vec<Abandoned> {
        abandon(self.close(Status::Abandoned).unwrap_or_default())
    }

    /// Takes out what waits. `None`, if it has ended before.
    fn close(&self, status: Status) -> Option<Vec<Pending>> {
        let mut state = self.lock();
        if state.status != Status::Open {
            return None;
        }
        state.status = status;
        Some(mem::take(&mut state.pending))
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
        // Whoever writes it may send in it.
        let (status, pending) = {
            let state = self.lock();
            (state.status, state.pending.len())
        };
        f.debug_struct("Transaction")
            .field("status", &status)
            .field("pending", &pending)
            .field("is_nested", &self.parent.is_some())
            .finish_non_exhaustive()
    }
}

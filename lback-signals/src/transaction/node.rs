//! Where a transaction is between its begin and its end, and what waits for that.

use std::fmt;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::pending::{Abandoned, Pending, abandon, deliver};
#[cfg(feature = "tracing")]
use crate::failure::quietly;
use crate::phase::Phase;
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

    /// Lets something wait for the end; if that has been, what waits shares its fate at once.
    pub(crate) fn accept(&self, pending: Vec<Pending>) -> Report {
        let status = {
            let mut state = self.lock();
            if state.status == Status::Open {
                let mut report = Report::of_delivered(0);
                report.add_deferred(pending.iter().map(Pending::waiting_for_commit).sum());
                state.pending.extend(pending);
                return report;
            }
            state.status
        };
        self.finish(status, pending)
    }

    pub(super) fn end(&self, status: Status) -> Report {
        let Some(pending) = self.close(status) else {
            log_second_end();
            return Report::of_delivered(0);
        };
        self.finish(status, pending)
    }

    pub(super) fn roll_back_if_open(&self) {
        if let Some(pending) = self.close(Status::RolledBack) {
            self.finish(Status::RolledBack, pending);
        }
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

    fn finish(&self, status: Status, pending: Vec<Pending>) -> Report {
        let parent = self.parent.as_ref();
        match (status, parent) {
            (Status::Committed, Some(parent)) => parent.accept(pending),
            (Status::Committed, None) => deliver(pending, Phase::AfterCommit, None),
            (Status::RolledBack, _) => deliver(pending, Phase::AfterRollback, parent),
            (Status::Abandoned | Status::Open, _) => {
                abandon(pending);
                Report::of_delivered(0)
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A caught panic has rolled it back, which whoever ends it now may not know.
fn log_second_end() {
    #[cfg(feature = "tracing")]
    quietly(|| {
        tracing::error!("a panic has rolled back this transaction: nothing runs at its end");
    });
}

impl fmt::Debug for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.lock();
        f.debug_struct("Transaction")
            .field("status", &state.status)
            .field("pending", &state.pending.len())
            .field("is_nested", &self.parent.is_some())
            .finish_non_exhaustive()
    }
}

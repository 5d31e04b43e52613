//! Drains of the queue. Drains that overlap form a group: they end together, with the same outcome.
//!
//! A group ends when no job runs, or when the last deadline has passed. A drain whose deadline has passed
//! waits for the others of its group, so the longest deadline decides.

use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use super::queue::{CloseReason, Queue, QueueItem, Registration, State};

/// The drains that wait.
pub(super) struct DrainGroup<I> {
    /// The number of deadlines that have not passed.
    unexpired: usize,
    /// The number of deadlines that have passed.
    expired: usize,
    /// The numbers of done and failed jobs when the group began.
    before: (u64, u64),
    outcome: SharedOutcome<I>,
    /// Whether no earlier group has ended.
    is_first: bool,
}

type SharedOutcome<I> = Arc<OnceLock<Arc<DrainOutcome<I>>>>;

/// The number of jobs that ended during a drain, and the jobs that did not.
pub(crate) struct DrainOutcome<I> {
    pub(crate) done: u64,
    pub(crate) failed: u64,
    /// Jobs that never run.
    pub(crate) unstarted: Vec<I>,
    pub(crate) running: Vec<I>,
    /// Whether the next reader has to log the unfinished jobs.
    pub(crate) is_unlogged: AtomicBool,
}

impl<I> DrainGroup<I> {
    pub(super) fn new(is_first: bool) -> Self {
        Self {
            unexpired: 0,
            expired: 0,
            before: (0, 0),
            outcome: Arc::default(),
            is_first,
        }
    }

    fn is_empty(&self) -> bool {
        self.unexpired + self.expired == 0
    }
}

impl<J: QueueItem> State<J> {
    /// Ends the drains if no job runs or all deadlines have passed. That closes the queue and discards the
    /// queued jobs, which the caller drops after it has released the lock.
    #[must_use]
    pub(super) fn end_drains(&mut self) -> VecDeque<J> {
        if self.drains.is_empty() || self.drains.unexpired > 0 && !self.is_idle() {
            return VecDeque::new();
        }
        self.close(CloseReason::Drained);
        let queued = mem::take(&mut self.queued);
        self.discarded.extend(queued.iter().map(QueueItem::info));
        let drains = mem::replace(&mut self.drains, DrainGroup::new(false));
        let (done, failed) = drains.before;
        let unstarted = self.cancelled(false).chain(&self.discarded);
        let _ = drains.outcome.set(Arc::new(DrainOutcome {
            done: self.done - done,
            failed: self.failed - failed,
            unstarted: unstarted.cloned().collect(),
            running: self.unfinished(),
            is_unlogged: AtomicBool::new(drains.is_first),
        }));
        queued
    }
}

impl<J: QueueItem> Queue<J> {
    /// Begins a drain. The queue accepts only nested jobs afterwards.
    pub(crate) fn drain(&self) -> Drain<'_, J> {
        let mut state = self.lock();
        state.accept_only_nested();
        if state.drains.is_empty() {
            state.drains.before = (state.done, state.failed);
        }
        state.drains.unexpired += 1;
        let outcome = Arc::clone(&state.drains.outcome);
        let discarded = state.end_drains();
        Self::wake_all(state);
        drop(discarded);
        Drain {
            registration: self.register_idle(),
            outcome,
            is_expired: false,
        }
    }
}

/// A future that is ready when the group of this drain has ended.
pub(crate) struct Drain<'q, J: QueueItem> {
    registration: Registration<'q, J>,
    outcome: SharedOutcome<J::Info>,
    is_expired: bool,
}

impl<J: QueueItem> Drain<'_, J> {
    /// Records that the deadline of this drain has passed.
    pub(crate) fn expire(&mut self) {
        if !mem::replace(&mut self.is_expired, true) {
            self.update_group(|drains| {
                drains.unexpired -= 1;
                drains.expired += 1;
            });
        }
    }

    /// Changes the counts of the group, unless it has ended.
    fn update_group(&self, change: impl FnOnce(&mut DrainGroup<J::Info>)) {
        let mut state = self.registration.queue.lock();
        if self.outcome.get().is_some() {
            return;
        }
        change(&mut state.drains);
        let discarded = state.end_drains();
        Queue::wake_all(state);
        drop(discarded);
    }
}

impl<J: QueueItem> Future for Drain<'_, J> {
    type Output = Arc<DrainOutcome<J::Info>>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            registration,
            outcome,
            ..
        } = &mut *self;
        registration.poll(task, |_, _| outcome.get().cloned())
    }
}

impl<J: QueueItem> Drop for Drain<'_, J> {
    /// Removes this drain from its group, whose other deadlines still count.
    fn drop(&mut self) {
        self.update_group(|drains| {
            let count = if self.is_expired {
                &mut drains.expired
            } else {
                &mut drains.unexpired
            };
            *count -= 1;
        });
    }
}

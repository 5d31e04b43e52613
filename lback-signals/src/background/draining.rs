//! Drains of the queue. Those that overlap end together, with the same answer.
//!
//! They end when nothing is at work, or when the last deadline has passed: a drain whose deadline has passed
//! waits for the others, so that the longest deadline wins.

use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, OnceLock};
use std::task::{Context, Poll};

use super::queue::{Job, Queue, State};

/// The drains that wait.
pub(super) struct Drains<N> {
    /// Those whose deadline has not passed.
    in_time: usize,
    /// Those whose deadline has passed.
    overdue: usize,
    /// How many jobs were done, and how many had failed, when the first of them began.
    before: (u64, u64),
    /// What they will be told.
    answer: Answer<N>,
    /// Whether no others have ended before.
    are_first: bool,
}

type Answer<N> = Arc<OnceLock<Arc<Undone<N>>>>;

/// How many jobs ended during a drain, and which did not.
pub(crate) struct Undone<N> {
    pub(crate) done: u64,
    pub(crate) failed: u64,
    /// Those that never run.
    pub(crate) waiting: Vec<N>,
    pub(crate) running: Vec<N>,
    /// Whether no drain has logged them.
    pub(crate) is_news: AtomicBool,
}

impl<N> Drains<N> {
    pub(super) fn new(are_first: bool) -> Self {
        Self {
            in_time: 0,
            overdue: 0,
            before: (0, 0),
            answer: Arc::default(),
            are_first,
        }
    }

    fn wait(&self) -> bool {
        self.in_time + self.overdue > 0
    }
}

impl<J: Job> State<J> {
    fn begin_drain(&mut self) {
        if !self.drains.wait() {
            self.drains.before = (self.done, self.failed);
        }
        self.drains.in_time += 1;
    }

    /// Ends the drains if nothing is at work, or no deadline is left. Nothing is accepted any more then, and
    /// the jobs that waited are given up. The caller drops them after it has released the lock.
    #[must_use]
    pub(super) fn end_drains(&mut self) -> VecDeque<J> {
        if !self.drains.wait() || self.drains.in_time > 0 && !self.is_idle() {
            return VecDeque::new();
        }
        self.close();
        let waiting = mem::take(&mut self.waiting);
        self.given_up.extend(waiting.iter().map(Job::name));
        let drains = mem::replace(&mut self.drains, Drains::new(false));
        let (done, failed) = drains.before;
        let _ = drains.answer.set(Arc::new(Undone {
            done: self.done - done,
            failed: self.failed - failed,
            waiting: self.lost(false).chain(&self.given_up).cloned().collect(),
            running: self.unfinished(),
            is_news: AtomicBool::new(drains.are_first),
        }));
        waiting
    }
}

impl<J: Job> Queue<J> {
    /// Begins a drain: from now on only what jobs send is accepted.
    pub(crate) fn drain(&self) -> Draining<'_, J> {
        let mut state = self.lock();
        state.accept_only_nested();
        state.begin_drain();
        let answer = Arc::clone(&state.drains.answer);
        let given_up = state.end_drains();
        Self::wake_all(state);
        drop(given_up);
        Draining {
            queue: self,
            answer,
            is_overdue: false,
            key: None,
        }
    }
}

/// Is ready when its group of drains has ended.
pub(crate) struct Draining<'q, J: Job> {
    queue: &'q Queue<J>,
    answer: Answer<J::Name>,
    is_overdue: bool,
    key: Option<u64>,
}

impl<J: Job> Draining<'_, J> {
    /// Notes that its deadline has passed.
    pub(crate) fn pass_deadline(&mut self) {
        if !mem::replace(&mut self.is_overdue, true) {
            self.change(|drains| {
                drains.in_time -= 1;
                drains.overdue += 1;
            });
        }
    }

    /// Changes the counts, unless its group has ended.
    fn change(&self, change: impl FnOnce(&mut Drains<J::Name>)) {
        let mut state = self.queue.lock();
        if self.answer.get().is_some() {
            return;
        }
        change(&mut state.drains);
        let given_up = state.end_drains();
        Queue::wake_all(state);
        drop(given_up);
    }
}

impl<J: Job> Future for Draining<'_, J> {
    type Output = Arc<Undone<J::Name>>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let waker = task.waker().clone();
        let this = &mut *self;
        let mut state = this.queue.lock();
        if let Some(answer) = this.answer.get() {
            return Poll::Ready(Arc::clone(answer));
        }
        let earlier = state.idlers.leave(&mut this.key, waker);
        drop(state);
        drop(earlier);
        Poll::Pending
    }
}

impl<J: Job> Drop for Draining<'_, J> {
    /// A drain that is dropped before its end leaves its deadline to the others.
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.queue.lock().idlers.remove(key);
            drop(waker);
        }
        self.change(|drains| {
            let count = if self.is_overdue {
                &mut drains.overdue
            } else {
                &mut drains.in_time
            };
            *count -= 1;
        });
    }
}

//! The queue between senders and workers: what waits, what is at work, and whether more is accepted.
//!
//! One lock holds all of it, for as long as it takes to move a job. Who has to wait, for a place or for
//! all to be done, leaves a waker, and looks again when that may be so; so nothing is missed, and who
//! gives up waiting owes nothing to the others.
//!
//! It knows neither receivers nor runtimes, and is tested with `loom` for all ways in which threads can
//! meet in it.

use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};

use super::draining::Drains;
use super::waiters::{Waiters, Woken};
use crate::sync::{Mutex, MutexGuard};

/// Something to do, and what is known of it while it is being done.
pub(crate) trait Job {
    type Name: Clone;

    fn name(&self) -> Self::Name;
}

pub(crate) struct Queue<J: Job> {
    /// How many may wait.
    capacity: usize,
    /// How many may be at work.
    concurrency: usize,
    state: Mutex<State<J>>,
}

pub(super) struct State<J: Job> {
    admission: Admission,
    pub(super) waiting: VecDeque<J>,
    /// What each worker does; `None` for those that there could be. As long as there is one of these,
    /// nothing waits.
    workers: Vec<Option<J::Name>>,
    /// How many of them are at work.
    busy: usize,
    pub(super) done: u64,
    pub(super) failed: u64,
    /// What workers have left undone.
    lost: Vec<Lost<J::Name>>,
    /// What waited when it was drained, and never runs.
    pub(super) given_up: Vec<J::Name>,
    pub(super) drains: Drains<J::Name>,
    /// Who waits for a place.
    senders: Waiters,
    /// How often a job has been taken or has ended.
    changes: u64,
    /// Whether a thread looks whether there are changes while senders wait.
    is_watched: bool,
    /// The last of the senders that are refused, since there were none.
    stalled: u64,
    /// Who waits for all to be done.
    pub(super) idlers: Waiters,
}

/// A job whose worker was stopped. No worker takes its place, since nothing is accepted any more.
struct Lost<N> {
    worker: Worker,
    name: N,
    is_begun: bool,
}

/// What is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admission {
    All,
    /// What other jobs send.
    Nested,
    Nothing(Closed),
}

/// Why nothing is accepted any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closed {
    Drained,
    /// There is nobody to do it.
    NoWorkers,
}

/// Why a job is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refused {
    Full,
    /// It waited for a place, and nothing changed.
    Stalled,
    Closed(Closed),
}

/// What becomes of a job that is taken.
pub(crate) enum Taken<J> {
    /// It waits for a worker.
    Queued,
    /// It is the first of a new worker, which is to be started with it.
    Started(Worker, J),
}

/// A worker, by its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Worker(usize);

/// How much there is of what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) waiting: usize,
    pub(crate) running: usize,
    pub(crate) done: u64,
    pub(crate) failed: u64,
}

impl<J: Job> Queue<J> {
    pub(crate) fn new(capacity: usize, concurrency: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            concurrency: concurrency.max(1),
            state: Mutex::new(State {
                admission: Admission::All,
                waiting: VecDeque::new(),
                workers: Vec::new(),
                busy: 0,
                done: 0,
                failed: 0,
                lost: Vec::new(),
                given_up: Vec::new(),
                drains: Drains::new(true),
                senders: Waiters::default(),
                changes: 0,
                is_watched: false,
                stalled: 0,
                idlers: Waiters::default(),
            }),
        }
    }

    /// Takes a job, if there is a place. `is_nested` says that another job sends it.
    #[inline]
    pub(crate) fn submit(&self, job: J, is_nested: bool) -> Result<Taken<J>, (Refused, J)> {
        self.admit(&mut self.lock(), job, is_nested)
    }

    /// The same, but waits for a place.
    pub(crate) fn wait_for_slot(&self, job: J) -> WaitForSlot<'_, J> {
        WaitForSlot {
            queue: self,
            job: Some(job),
            key: None,
            begins_watch: false,
        }
    }

    #[inline]
    fn admit(
        &self,
        state: &mut State<J>,
        job: J,
        is_nested: bool,
    ) -> Result<Taken<J>, (Refused, J)> {
        match state.admission {
            Admission::All => {}
            Admission::Nested if is_nested => {}
            Admission::Nested => return Err((Refused::Closed(Closed::Drained), job)),
            Admission::Nothing(why) => return Err((Refused::Closed(why), job)),
        }
        if let Some(worker) = state.occupy(self.concurrency, &job) {
            state.changes += 1;
            return Ok(Taken::Started(worker, job));
        }
        if state.waiting.len() >= self.capacity {
            return Err((Refused::Full, job));
        }
        state.waiting.push_back(job);
        state.changes += 1;
        Ok(Taken::Queued)
    }

    /// Notes how a worker's job has ended, and gives it the next one. Without one it is to end.
    pub(crate) fn next(&self, worker: Worker, is_ok: bool) -> Option<J> {
        let mut state = self.lock();
        if is_ok {
            state.done += 1;
        } else {
            state.failed += 1;
        }
        state.changes += 1;
        let next = state.waiting.pop_front();
        let name = next.as_ref().map(Job::name);
        state.busy -= usize::from(name.is_none());
        let ended = mem::replace(&mut state.workers[worker.0], name);
        let woken = if next.is_some() {
            state.senders.take()
        } else if state.busy == 0 {
            state.idlers.take()
        } else {
            Woken::default()
        };
        let given_up = state.end_drains();
        drop(state);
        woken.wake();
        // User values, dropped after the lock.
        drop((ended, given_up));
        next
    }

    /// Notes that a worker was stopped at its job, as all will be: nothing is accepted any more.
    pub(crate) fn lose(&self, worker: Worker, is_begun: bool) {
        let mut state = self.lock();
        let undone = state.workers[worker.0].take();
        state.busy -= 1;
        state.lost.extend(undone.map(|name| Lost {
            worker,
            name,
            is_begun,
        }));
        if !matches!(state.admission, Admission::Nothing(_)) {
            state.admission = Admission::Nothing(Closed::NoWorkers);
        }
        let given_up = state.end_drains();
        Self::wake_all(state);
        drop(given_up);
    }

    /// Takes back the first job of a worker that was lost before it began, so that its sender can be told.
    pub(crate) fn take_back(&self, worker: Worker) -> bool {
        let mut state = self.lock();
        let mut lost = state.lost.iter();
        let Some(index) = lost.position(|it| it.worker == worker && !it.is_begun) else {
            return false;
        };
        let taken = state.lost.swap_remove(index);
        drop(state);
        // A user value, dropped after the lock.
        drop(taken);
        true
    }

    /// Refuses all senders that wait for a place if there has been no change since the last call, which
    /// returned `seen`. Returns `None` if none waits any more.
    pub(crate) fn watch(&self, seen: Option<u64>) -> Option<u64> {
        let mut state = self.lock();
        if state.senders.is_empty() {
            state.is_watched = false;
            return None;
        }
        if seen != Some(state.changes) {
            return Some(state.changes);
        }
        state.is_watched = false;
        state.stalled = state.senders.last_key();
        let woken = state.senders.take();
        drop(state);
        woken.wake();
        None
    }

    /// Waits until nothing is at work, and nothing waits that somebody could do. Says whether nothing
    /// is left undone.
    pub(crate) fn idle(&self) -> Idle<'_, J> {
        Idle {
            queue: self,
            key: None,
        }
    }

    pub(crate) fn counts(&self) -> Counts {
        self.lock().counts()
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Wakes all that wait, after the lock.
    pub(super) fn wake_all(mut state: MutexGuard<'_, State<J>>) {
        let woken = [state.senders.take(), state.idlers.take()];
        drop(state);
        woken.into_iter().for_each(Woken::wake);
    }
}

impl<J: Job> State<J> {
    fn counts(&self) -> Counts {
        Counts {
            waiting: self.waiting.len(),
            running: self.busy,
            done: self.done,
            failed: self.failed,
        }
    }

    pub(super) fn is_idle(&self) -> bool {
        self.busy == 0
    }

    /// What was begun and has not come to its end.
    pub(super) fn unfinished(&self) -> Vec<J::Name> {
        let running = self.workers.iter().flatten();
        self.lost(true).chain(running).cloned().collect()
    }

    /// What was lost after it had begun, or before that.
    pub(super) fn lost(&self, is_begun: bool) -> impl Iterator<Item = &J::Name> {
        let lost = self.lost.iter().filter(move |it| it.is_begun == is_begun);
        lost.map(|it| &it.name)
    }

    pub(super) fn accept_only_nested(&mut self) {
        if self.admission == Admission::All {
            self.admission = Admission::Nested;
        }
    }

    pub(super) fn close(&mut self) {
        if !matches!(self.admission, Admission::Nothing(_)) {
            self.admission = Admission::Nothing(Closed::Drained);
        }
    }

    /// Finds a place for one more worker, which begins with this job.
    fn occupy(&mut self, limit: usize, job: &J) -> Option<Worker> {
        if self.busy == limit {
            return None;
        }
        let free = self.workers.iter().position(Option::is_none);
        let place = free.unwrap_or_else(|| {
            self.workers.push(None);
            self.workers.len() - 1
        });
        self.busy += 1;
        self.workers[place] = Some(job.name());
        Some(Worker(place))
    }
}

/// Is ready when there has been a place for the job, or there will be none.
pub(crate) struct WaitForSlot<'q, J: Job> {
    queue: &'q Queue<J>,
    job: Option<J>,
    key: Option<u64>,
    begins_watch: bool,
}

impl<J: Job> WaitForSlot<'_, J> {
    /// Whether it began to wait while no thread watched, so that one has to be started. To be asked after
    /// each poll.
    pub(crate) fn begins_watch(&mut self) -> bool {
        mem::take(&mut self.begins_watch)
    }
}

impl<J: Job + Unpin> Future for WaitForSlot<'_, J> {
    type Output = Result<Taken<J>, (Refused, J)>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        // An executor's code, so before the lock.
        let waker = task.waker().clone();
        let this = &mut *self;
        let Some(job) = this.job.take() else {
            return Poll::Pending;
        };
        let mut state = this.queue.lock();
        match this.queue.admit(&mut state, job, false) {
            Ok(taken) => Poll::Ready(Ok(taken)),
            Err((Refused::Full, job)) => {
                if this.key.is_some_and(|key| key <= state.stalled) {
                    return Poll::Ready(Err((Refused::Stalled, job)));
                }
                this.job = Some(job);
                let earlier = state.senders.leave(&mut this.key, waker);
                this.begins_watch |= !mem::replace(&mut state.is_watched, true);
                drop(state);
                drop(earlier);
                Poll::Pending
            }
            refused => Poll::Ready(refused),
        }
    }
}

impl<J: Job> Drop for WaitForSlot<'_, J> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.queue.lock().senders.remove(key);
            drop(waker);
        }
    }
}

/// Is ready when nothing is at work.
pub(crate) struct Idle<'q, J: Job> {
    queue: &'q Queue<J>,
    key: Option<u64>,
}

impl<J: Job> Future for Idle<'_, J> {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<bool> {
        let waker = task.waker().clone();
        let this = &mut *self;
        let mut state = this.queue.lock();
        if state.busy == 0 {
            return Poll::Ready(state.waiting.is_empty() && state.lost.is_empty());
        }
        let earlier = state.idlers.leave(&mut this.key, waker);
        drop(state);
        drop(earlier);
        Poll::Pending
    }
}

impl<J: Job> Drop for Idle<'_, J> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = self.queue.lock().idlers.remove(key);
            drop(waker);
        }
    }
}

//! The queue between senders and workers: queued and running jobs, and which new jobs it accepts.
//!
//! One lock guards the whole state, for as long as it takes to move a job. A task that waits for a slot or
//! for an idle queue registers its waker and checks the state again when it is woken. So no wake-up is
//! lost, and a task that stops waiting has nothing to hand on.
//!
//! The queue knows neither receivers nor runtimes. `loom` tests it in all interleavings of threads.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::PoisonError;
use std::task::{Context, Poll};

use super::drain_group::DrainGroup;
use super::stats::Stats;
use super::wakers::{WakeList, WakerSet};
use crate::sync::{Mutex, MutexGuard};

/// A job, and the information that the queue keeps about it while it runs.
pub(crate) trait QueueItem {
    type Info: Clone;

    fn info(&self) -> Self::Info;
}

pub(crate) struct Queue<J: QueueItem> {
    /// The maximum number of queued jobs.
    capacity: usize,
    /// The maximum number of workers, each of which runs one job at a time.
    concurrency: usize,
    state: Mutex<State<J>>,
}

pub(super) struct State<J: QueueItem> {
    admission: Admission,
    pub(super) queued: VecDeque<J>,
    /// The job of each worker; `None` is a free entry. While there are fewer workers than allowed, the
    /// queue is empty.
    workers: Vec<Option<J::Info>>,
    /// The number of entries of `workers` that are in use.
    running: usize,
    pub(super) done: u64,
    pub(super) failed: u64,
    /// Jobs whose worker the runtime has dropped.
    cancelled: Vec<Cancelled<J::Info>>,
    /// Jobs that a drain has removed from the queue. They never run.
    pub(super) discarded: Vec<J::Info>,
    pub(super) drains: DrainGroup<J::Info>,
    /// Senders that wait for a slot.
    blocked_senders: WakerSet,
    /// Drains and flushes.
    idle_waiters: WakerSet,
    /// Counts jobs that were accepted or have ended, for the watchdog.
    progress: u64,
    has_watchdog: bool,
    /// Blocked senders with keys up to this one are refused as stalled.
    last_stalled: u64,
}

/// A job whose worker the runtime has dropped. No other worker uses its id, since the queue accepts nothing
/// afterwards.
struct Cancelled<I> {
    worker: WorkerId,
    info: I,
    has_started: bool,
}

/// The jobs that the queue accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Admission {
    All,
    /// Only jobs that are submitted from within a job.
    Nested,
    Closed(CloseReason),
}

/// Why the queue accepts no job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseReason {
    Drained,
    WorkersGone,
}

/// Why a job was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SubmitError {
    Full,
    /// It waited for a slot while the queue made no progress.
    Stalled,
    Closed(CloseReason),
}

/// How a job was accepted.
pub(crate) enum Accepted<J> {
    /// A running worker takes it later.
    Queued,
    /// The caller starts a worker with it.
    NewWorker(WorkerId, J),
}

/// The index of a worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WorkerId(usize);

impl<J: QueueItem> Queue<J> {
    pub(crate) fn new(capacity: usize, concurrency: usize) -> Self {
        Self {
            capacity: capacity.max(1),
            concurrency: concurrency.max(1),
            state: Mutex::new(State {
                admission: Admission::All,
                queued: VecDeque::new(),
                workers: Vec::new(),
                running: 0,
                done: 0,
                failed: 0,
                cancelled: Vec::new(),
                discarded: Vec::new(),
                drains: DrainGroup::new(true),
                blocked_senders: WakerSet::default(),
                idle_waiters: WakerSet::default(),
                progress: 0,
                has_watchdog: false,
                last_stalled: 0,
            }),
        }
    }

    /// Accepts a job if there is a slot. `is_nested` says that another job submits it.
    #[inline]
    pub(crate) fn submit(&self, job: J, is_nested: bool) -> Result<Accepted<J>, (SubmitError, J)> {
        self.admit(&mut self.lock(), job, is_nested)
    }

    /// Waits for a slot for a job.
    pub(crate) fn wait_for_slot(&self, job: J) -> WaitForSlot<'_, J> {
        WaitForSlot {
            registration: Registration {
                queue: self,
                wakers: |state| &mut state.blocked_senders,
                key: None,
            },
            job: Some(job),
            needs_watchdog: false,
        }
    }

    #[inline]
    fn admit(
        &self,
        state: &mut State<J>,
        job: J,
        is_nested: bool,
    ) -> Result<Accepted<J>, (SubmitError, J)> {
        match state.admission {
            Admission::All => {}
            Admission::Nested if is_nested => {}
            Admission::Nested => return Err((SubmitError::Closed(CloseReason::Drained), job)),
            Admission::Closed(reason) => return Err((SubmitError::Closed(reason), job)),
        }
        if let Some(worker) = state.claim_worker(self.concurrency, &job) {
            state.progress += 1;
            return Ok(Accepted::NewWorker(worker, job));
        }
        if state.queued.len() >= self.capacity {
            return Err((SubmitError::Full, job));
        }
        state.queued.push_back(job);
        state.progress += 1;
        Ok(Accepted::Queued)
    }

    /// Records how a worker's job has ended and returns its next one. `None` ends the worker.
    pub(crate) fn next(&self, worker: WorkerId, is_ok: bool) -> Option<J> {
        let mut state = self.lock();
        if is_ok {
            state.done += 1;
        } else {
            state.failed += 1;
        }
        state.progress += 1;
        let next = state.queued.pop_front();
        let info = next.as_ref().map(QueueItem::info);
        state.running -= usize::from(info.is_none());
        let ended = mem::replace(&mut state.workers[worker.0], info);
        let woken = if next.is_some() {
            state.blocked_senders.take()
        } else if state.running == 0 {
            state.idle_waiters.take()
        } else {
            WakeList::default()
        };
        let discarded = state.end_drains();
        drop(state);
        woken.wake_all();
        // Dropping user values runs user code, so it comes after the lock.
        drop((ended, discarded));
        next
    }

    /// Records that the runtime has dropped a worker, and closes the queue: a runtime that shuts down
    /// drops every worker.
    pub(crate) fn cancel(&self, worker: WorkerId, has_started: bool) {
        let mut state = self.lock();
        let info = state.workers[worker.0].take();
        state.running -= 1;
        state.cancelled.extend(info.map(|info| Cancelled {
            worker,
            info,
            has_started,
        }));
        state.close(CloseReason::WorkersGone);
        let discarded = state.end_drains();
        Self::wake_all(state);
        drop(discarded);
    }

    /// Removes the first job of a worker that was cancelled before it started, so that the sender's report
    /// names it instead of a drain. Returns whether there was one.
    pub(crate) fn reclaim(&self, worker: WorkerId) -> bool {
        let mut state = self.lock();
        let mut cancelled = state.cancelled.iter();
        let Some(index) = cancelled.position(|it| it.worker == worker && !it.has_started) else {
            return false;
        };
        let reclaimed = state.cancelled.swap_remove(index);
        drop(state);
        // Dropping a user value runs user code, so it comes after the lock.
        drop(reclaimed);
        true
    }

    /// Runs one check of the watchdog: refuses all blocked senders if the queue has made no progress since
    /// the last check, which returned `seen`. Returns `None` when the watchdog is to end.
    pub(crate) fn check_progress(&self, seen: Option<u64>) -> Option<u64> {
        let mut state = self.lock();
        if state.blocked_senders.is_empty() {
            state.has_watchdog = false;
            return None;
        }
        if seen != Some(state.progress) {
            return Some(state.progress);
        }
        state.has_watchdog = false;
        state.last_stalled = state.blocked_senders.last_key();
        let woken = state.blocked_senders.take();
        drop(state);
        woken.wake_all();
        None
    }

    /// Waits until no job runs. Returns whether all accepted jobs have run.
    pub(crate) async fn idle(&self) -> bool {
        let mut registration = self.register_idle();
        let idle = |state: &mut State<J>, _| {
            let is_complete = state.queued.is_empty() && state.cancelled.is_empty();
            state.is_idle().then_some(is_complete)
        };
        poll_fn(|task| registration.poll(task, idle)).await
    }

    /// Returns a registration that is woken when the queue is idle or its drains end.
    pub(super) fn register_idle(&self) -> Registration<'_, J> {
        Registration {
            queue: self,
            wakers: |state| &mut state.idle_waiters,
            key: None,
        }
    }

    pub(crate) fn stats(&self) -> Stats {
        let state = self.lock();
        Stats {
            waiting: state.queued.len(),
            running: state.running,
            done: state.done,
            failed: state.failed,
        }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State<J>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Releases the lock and wakes all tasks that wait.
    pub(super) fn wake_all(mut state: MutexGuard<'_, State<J>>) {
        let woken = [state.blocked_senders.take(), state.idle_waiters.take()];
        drop(state);
        woken.into_iter().for_each(WakeList::wake_all);
    }
}

impl<J: QueueItem> State<J> {
    pub(super) fn is_idle(&self) -> bool {
        self.running == 0
    }

    /// Returns the jobs that have started and not ended.
    pub(super) fn unfinished(&self) -> Vec<J::Info> {
        let running = self.workers.iter().flatten();
        self.cancelled(true).chain(running).cloned().collect()
    }

    pub(super) fn cancelled(&self, has_started: bool) -> impl Iterator<Item = &J::Info> {
        let cancelled = self.cancelled.iter();
        cancelled
            .filter(move |it| it.has_started == has_started)
            .map(|it| &it.info)
    }

    pub(super) fn accept_only_nested(&mut self) {
        if self.admission == Admission::All {
            self.admission = Admission::Nested;
        }
    }

    /// Closes the queue. The first reason stays.
    pub(super) fn close(&mut self, reason: CloseReason) {
        if !matches!(self.admission, Admission::Closed(_)) {
            self.admission = Admission::Closed(reason);
        }
    }

    /// Reserves a worker that starts with this job, unless all are running.
    fn claim_worker(&mut self, limit: usize, job: &J) -> Option<WorkerId> {
        if self.running == limit {
            return None;
        }
        let free = self.workers.iter().position(Option::is_none);
        let index = free.unwrap_or_else(|| {
            self.workers.push(None);
            self.workers.len() - 1
        });
        self.running += 1;
        self.workers[index] = Some(job.info());
        Some(WorkerId(index))
    }
}

/// The registration of a task in one set of wakers. Dropping it removes the waker.
pub(super) struct Registration<'q, J: QueueItem> {
    pub(super) queue: &'q Queue<J>,
    wakers: fn(&mut State<J>) -> &mut WakerSet,
    key: Option<u64>,
}

impl<J: QueueItem> Registration<'_, J> {
    /// Calls `check` under the lock, with the key of the registered waker. Registers the task's waker if it
    /// returns `None`.
    pub(super) fn poll<T>(
        &mut self,
        task: &Context<'_>,
        check: impl FnOnce(&mut State<J>, Option<u64>) -> Option<T>,
    ) -> Poll<T> {
        // Cloning and dropping a waker runs code of its executor, so both come outside the lock.
        let waker = task.waker().clone();
        let mut state = self.queue.lock();
        if let Some(value) = check(&mut state, self.key) {
            return Poll::Ready(value);
        }
        let replaced = (self.wakers)(&mut state).register(&mut self.key, waker);
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

impl<J: QueueItem> Drop for Registration<'_, J> {
    fn drop(&mut self) {
        if let Some(key) = self.key {
            let waker = (self.wakers)(&mut self.queue.lock()).remove(key);
            drop(waker);
        }
    }
}

/// A future that is ready when the queue has accepted or refused a job.
pub(crate) struct WaitForSlot<'q, J: QueueItem> {
    registration: Registration<'q, J>,
    job: Option<J>,
    needs_watchdog: bool,
}

impl<J: QueueItem> WaitForSlot<'_, J> {
    /// Returns whether the caller has to start a watchdog, since the task waits and none runs. Call it
    /// after each poll.
    pub(crate) fn needs_watchdog(&mut self) -> bool {
        mem::take(&mut self.needs_watchdog)
    }
}

impl<J: QueueItem + Unpin> Future for WaitForSlot<'_, J> {
    type Output = Result<Accepted<J>, (SubmitError, J)>;

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<Self::Output> {
        let Self {
            registration,
            job: slot,
            needs_watchdog,
        } = &mut *self;
        let Some(job) = slot.take() else {
            return Poll::Pending;
        };
        let queue = registration.queue;
        registration.poll(task, |state, key| match queue.admit(state, job, false) {
            Err((SubmitError::Full, job)) if key.is_some_and(|key| key <= state.last_stalled) => {
                Some(Err((SubmitError::Stalled, job)))
            }
            Err((SubmitError::Full, job)) => {
                *slot = Some(job);
                *needs_watchdog |= !mem::replace(&mut state.has_watchdog, true);
                None
            }
            outcome => Some(outcome),
        })
    }
}

//! Thread pool that computes hashes: a fixed number of slots, each with a thread and the memory of one hash.
//!
//! Threads start on demand, and end with their memory after an idle time. Callers wait for a free slot in a
//! bounded queue. A forked child, which inherits no worker threads, gets its own pool.

mod memory;
mod schedule;
#[cfg(test)]
mod tests;
mod worker;

#[cfg(feature = "tokio")]
use std::future::poll_fn;
use std::io;
use std::mem;
use std::num::NonZero;
use std::panic::{self, AssertUnwindSafe};
#[cfg(feature = "tokio")]
use std::pin::pin;
use std::process;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock, PoisonError};
#[cfg(feature = "tokio")]
use std::task::Poll;
use std::thread;
use std::time::{Duration, Instant};

pub(crate) use memory::Memory;
use schedule::{Schedule, Ticket};

/// Limits of a pool.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    /// The number of slots: hashes that run at once.
    pub(super) concurrency: NonZero<usize>,
    /// The memory of a slot, in KiB.
    pub(super) memory: u32,
    /// The maximum number of callers that wait for a slot.
    pub(super) queue_capacity: usize,
    /// The maximum time that a caller waits.
    pub(super) queue_timeout: Duration,
    /// The time after which an unused slot gives up its thread and its memory.
    pub(super) idle_timeout: Duration,
}

/// Error returned when the queue is full, or the deadline has passed in it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// A job: one hash, or several for one answer.
type Work = Box<dyn FnOnce(&mut Memory) -> Answer + Send>;

/// Sends the answer to the waiting caller.
type Answer = Box<dyn FnOnce() + Send>;

/// The thread pool of one hasher.
pub(super) struct Pool {
    shared: Arc<Shared>,
    /// The pool of a forked child, which inherits this one without its threads.
    child: OnceLock<Box<Self>>,
}

struct Shared {
    /// The process that owns the threads. In a forked child, no job is ever taken, and a thread that does not
    /// exist there may hold the lock forever.
    process: u32,
    limits: Limits,
    state: Mutex<State>,
    /// Signalled when a job is ready or the pool is closed.
    ready: Condvar,
}

struct State {
    schedule: Schedule<Work>,
    workers: usize,
    /// The number of workers that wait for a job.
    idle: usize,
    is_closed: bool,
}

impl Pool {
    pub(super) fn new(limits: Limits) -> Self {
        let schedule = Schedule::new(limits.concurrency.get(), limits.queue_capacity);
        let state = Mutex::new(State {
            schedule,
            workers: 0,
            idle: 0,
            is_closed: false,
        });
        Self {
            shared: Arc::new(Shared {
                process: process_id(),
                limits,
                state,
                ready: Condvar::new(),
            }),
            child: OnceLock::new(),
        }
    }

    /// Returns the state of this process.
    fn shared(&self) -> &Arc<Shared> {
        if self.shared.is_of_this_process() {
            return &self.shared;
        }
        let new = || Box::new(Self::new(self.shared.limits.clone()));
        self.child.get_or_init(new).shared()
    }

    /// Runs a job that needs `memory` KiB on a slot, and blocks until it has ended.
    ///
    /// # Panics
    ///
    /// Panics if the job does.
    pub(super) fn run<T: Send + 'static>(
        &self,
        memory: u32,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        let shared = self.shared();
        let (answer, answered) = mpsc::sync_channel(1);
        let ticket = shared.submit(
            memory,
            Box::new(move |memory| {
                let result = catch_panic(work, memory);
                // The receiver may be dropped.
                Box::new(move || drop(answer.send(result)))
            }),
        )?;
        let answer = match answered.recv_timeout(shared.limits.queue_timeout) {
            Err(RecvTimeoutError::Timeout) if shared.withdraw(ticket) => return Err(Busy),
            // The job has a slot, and ends soon.
            Err(RecvTimeoutError::Timeout) => answered.recv().map_err(|_| Busy)?,
            Err(RecvTimeoutError::Disconnected) => return Err(Busy),
            Ok(answer) => answer,
        };
        Ok(answer.unwrap_or_else(|payload| panic::resume_unwind(payload)))
    }

    /// Runs a job that needs `memory` KiB on a slot. A future that is dropped leaves the queue.
    #[cfg(feature = "tokio")]
    pub(super) async fn run_async<T: Send + 'static>(
        &self,
        memory: u32,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        /// Leaves the queue when dropped, if the job has not begun.
        struct Waiting<'s>(&'s Arc<Shared>, Ticket);

        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.withdraw(self.1);
            }
        }

        let shared = self.shared();
        let (answer, answered) = tokio::sync::oneshot::channel();
        let ticket = shared.submit(
            memory,
            Box::new(move |memory| {
                let result = catch_panic(work, memory);
                Box::new(move || drop(answer.send(result)))
            }),
        )?;
        let waiting = Waiting(shared, ticket);
        let mut answered = pin!(answered);
        let answer = poll_fn(|context| {
            if shared.is_of_this_process() {
                answered.as_mut().poll(context).map_err(|_| Busy)
            } else {
                // The job was submitted before a fork: only the parent gets its answer.
                Poll::Ready(Err(Busy))
            }
        })
        .await?;
        drop(waiting);
        Ok(answer.unwrap_or_else(|payload| panic::resume_unwind(payload)))
    }

    /// Returns the number of callers that wait for a slot.
    pub(super) fn waiting(&self) -> usize {
        self.shared().lock().schedule.waiting()
    }
}

/// No caller waits at this point, since a waiting caller borrows the pool.
impl Drop for Pool {
    fn drop(&mut self) {
        if self.shared.is_of_this_process() {
            self.shared.lock().is_closed = true;
            self.shared.ready.notify_all();
        }
    }
}

impl Shared {
    fn is_of_this_process(&self) -> bool {
        self.process == process_id()
    }

    /// Ignores poisoning: jobs run outside of the lock, so no panic leaves the state half changed.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn submit(self: &Arc<Self>, memory: u32, work: Work) -> Result<Ticket, Busy> {
        let Limits {
            concurrency,
            memory: memory_of_slot,
            queue_timeout,
            ..
        } = self.limits;
        // A job that needs more than the whole pool runs alone.
        let needed = usize::try_from(memory.div_ceil(memory_of_slot)).unwrap_or(usize::MAX);
        let mut state = self.lock();
        let now = Instant::now();
        let expired = state.schedule.expire(now);
        let submitted = state.schedule.submit(
            work,
            needed.clamp(1, concurrency.get()),
            now.checked_add(queue_timeout),
        );
        // An expired job may have blocked others.
        let woken = self.wake_workers(&mut state);
        let submitted = match submitted {
            // A job without any worker would never run.
            Ok(ticket) if woken.is_err() && state.workers == 0 => {
                state.schedule.revoke(ticket);
                Err(Busy)
            }
            submitted => submitted.map_err(|_| Busy),
        };
        drop(state);
        drop_jobs(expired);
        submitted
    }

    /// Removes a job from the queue. Returns `false` if it has left the queue or belongs to another process.
    fn withdraw(self: &Arc<Self>, ticket: Ticket) -> bool {
        if !self.is_of_this_process() {
            return false;
        }
        let mut state = self.lock();
        let withdrawn = state.schedule.withdraw(ticket);
        // The job may have blocked those behind it. An error is ignored: that thread was missing before.
        let _ = self.wake_workers(&mut state);
        drop(state);
        withdrawn.is_some()
    }

    /// Wakes or spawns workers for the jobs that are ready.
    fn wake_workers(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
        let ready = state.schedule.ready();
        for _ in 0..ready.min(state.idle) {
            self.ready.notify_one();
        }
        let missing = ready.saturating_sub(state.idle);
        for _ in 0..missing.min(self.limits.concurrency.get() - state.workers) {
            let shared = Arc::clone(self);
            thread::Builder::new()
                .name("lback-hasher".to_owned())
                .spawn(move || worker::work(&shared))?;
            state.workers += 1;
        }
        Ok(())
    }
}

/// Returns the id of this process, or 0 on systems that do not fork.
///
/// Processes of two PID namespaces can share an id. The namespace is readable only from `/proc`, which may be
/// missing, and would have to be read for each poll of a future.
fn process_id() -> u32 {
    if cfg!(unix) { process::id() } else { 0 }
}

/// Drops jobs that will not run. Must not be called under the lock: the drop wakes the waiting tasks, and their
/// wakers are user code.
fn drop_jobs(jobs: Vec<Work>) {
    for job in jobs {
        ignore_panic(|| drop(job));
    }
}

/// Calls user code, such as a waker, whose panic must not end the thread or fail another caller.
fn ignore_panic(call: impl FnOnce()) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(call)) {
        // The payload's drop may panic too.
        mem::forget(payload);
    }
}

/// Runs a job, and returns its panic for the caller to resume.
fn catch_panic<T>(work: impl FnOnce(&mut Memory) -> T, memory: &mut Memory) -> thread::Result<T> {
    panic::catch_unwind(AssertUnwindSafe(|| work(memory)))
}

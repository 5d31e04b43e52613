//! Where hashing happens: a fixed number of places, each with a thread and the memory of one hash.
//!
//! The threads are started when there is work, and end with their memory when there has been none
//! for a while. A forked child, which has no thread but its first, gets a pool of its own. Who finds no place free waits in a bounded queue.

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

/// The settings of a [`HasherBuilder`](super::HasherBuilder) that concern the pool.
#[derive(Clone, Debug)]
pub(super) struct Limits {
    pub(super) concurrency: NonZero<usize>,
    /// The memory of a slot, in KiB.
    pub(super) memory: u32,
    pub(super) queue_capacity: usize,
    pub(super) queue_timeout: Duration,
    pub(super) idle_timeout: Duration,
}

/// The caller got no place: too many wait, or it has waited too long.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Busy;

/// One hash, or several for one answer.
type Work = Box<dyn FnOnce(&mut Memory) -> Answer + Send>;

/// Hands the answer to who waits for it.
type Answer = Box<dyn FnOnce() + Send>;

/// The places of one hasher.
pub(super) struct Pool {
    shared: Arc<Shared>,
    /// In a forked child, which has this pool without its threads: the pool of the child.
    of_child: OnceLock<Box<Self>>,
}

struct Shared {
    /// The process whose threads work here. In any other one nothing is ever ready, and the lock may be
    /// held for ever by a thread that is not there.
    process: u32,
    limits: Limits,
    state: Mutex<State>,
    /// Something is ready, or the pool is closed.
    ready: Condvar,
}

struct State {
    schedule: Schedule<Work>,
    workers: usize,
    /// Those that wait for something to be ready.
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
            of_child: OnceLock::new(),
        }
    }

    /// What works in this process.
    fn shared(&self) -> &Arc<Shared> {
        if self.shared.is_of_this_process() {
            return &self.shared;
        }
        let new = || Box::new(Self::new(self.shared.limits.clone()));
        self.of_child.get_or_init(new).shared()
    }

    /// Does work that takes so much memory, in KiB, on a place, while this thread waits.
    ///
    /// # Panics
    ///
    /// If the work does.
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
                let found = caught(work, memory);
                // Nobody listens if the caller is gone.
                Box::new(move || drop(answer.send(found)))
            }),
        )?;
        let answer = match answered.recv_timeout(shared.limits.queue_timeout) {
            Err(RecvTimeoutError::Timeout) if shared.withdraw(ticket) => return Err(Busy),
            // It has its place, and ends soon.
            Err(RecvTimeoutError::Timeout) => answered.recv().map_err(|_| Busy)?,
            Err(RecvTimeoutError::Disconnected) => return Err(Busy),
            Ok(answer) => answer,
        };
        Ok(answer.unwrap_or_else(|payload| panic::resume_unwind(payload)))
    }

    /// Does work that takes so much memory, in KiB, on a place, while this task waits. A future that
    /// is dropped gives its place in the queue to the next.
    #[cfg(feature = "tokio")]
    pub(super) async fn run_async<T: Send + 'static>(
        &self,
        memory: u32,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, Busy> {
        /// Leaves the queue when dropped; there is nothing to leave once the work has begun.
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
                let found = caught(work, memory);
                Box::new(move || drop(answer.send(found)))
            }),
        )?;
        let waiting = Waiting(shared, ticket);
        let mut answered = pin!(answered);
        let answer = poll_fn(|context| {
            if shared.is_of_this_process() {
                answered.as_mut().poll(context).map_err(|_| Busy)
            } else {
                // It was submitted before a fork, and its answer comes in the parent.
                Poll::Ready(Err(Busy))
            }
        })
        .await?;
        drop(waiting);
        Ok(answer.unwrap_or_else(|payload| panic::resume_unwind(payload)))
    }

    /// How many wait for a place.
    pub(super) fn waiting(&self) -> usize {
        self.shared().lock().schedule.waiting()
    }
}

/// Nobody waits any more, or there would be a hasher that holds it.
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

    /// No panic leaves the state half changed: jobs run outside of the lock.
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
        // What needs more than there is has all of it to itself.
        let needed = usize::try_from(memory.div_ceil(memory_of_slot)).unwrap_or(usize::MAX);
        let mut state = self.lock();
        let now = Instant::now();
        let expired = state.schedule.expire(now);
        let submitted = state.schedule.submit(
            work,
            needed.clamp(1, concurrency.get()),
            now.checked_add(queue_timeout),
        );
        // What has expired may have held up others.
        let staffed = self.staff(&mut state);
        let submitted = match submitted {
            // With any thread at all somebody would come to it.
            Ok(ticket) if staffed.is_err() && state.workers == 0 => {
                state.schedule.revoke(ticket);
                Err(Busy)
            }
            submitted => submitted.map_err(|_| Busy),
        };
        drop(state);
        drop_jobs(expired);
        submitted
    }

    /// Takes a job out of the queue; `false` if it is there no more, or in another process.
    fn withdraw(self: &Arc<Self>, ticket: Ticket) -> bool {
        if !self.is_of_this_process() {
            return false;
        }
        let mut state = self.lock();
        let withdrawn = state.schedule.withdraw(ticket);
        // It may have held up those behind it. Threads that are missing are so already.
        let _ = self.staff(&mut state);
        drop(state);
        withdrawn.is_some()
    }

    /// Sees to it that somebody takes what is ready.
    fn staff(self: &Arc<Self>, state: &mut State) -> io::Result<()> {
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

/// Only Unix forks; elsewhere there may be no number.
///
/// Two processes of different PID namespaces can have one number. The namespace could be read too, but only
/// from `/proc`, which may be missing, and for each poll of a future.
fn process_id() -> u32 {
    if cfg!(unix) { process::id() } else { 0 }
}

/// Jobs that nobody does any more; never while the state is locked, since that wakes those who wait
/// for them, by wakers of anybody's.
fn drop_jobs(jobs: Vec<Work>) {
    for job in jobs {
        quietly(|| drop(job));
    }
}

/// A waker that panics is no reason for a thread to end, or for another caller to fail.
fn quietly(call: impl FnOnce()) {
    if let Err(payload) = panic::catch_unwind(AssertUnwindSafe(call)) {
        // It may panic when it is dropped.
        mem::forget(payload);
    }
}

/// The answer, or the panic for the caller to go on with.
fn caught<T>(work: impl FnOnce(&mut Memory) -> T, memory: &mut Memory) -> thread::Result<T> {
    panic::catch_unwind(AssertUnwindSafe(|| work(memory)))
}

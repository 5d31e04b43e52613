//! What runs receivers in the background, once in a process.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::{Sleep, sleep};

use super::Stats;
use super::alarm::Alarm;
use super::drained::Drained;
use super::job::Job;
use super::queue::{self, Closed, Queue, Taken};
use super::settings::{AlreadyStarted, Overflow, Settings};
use super::wait::block_on;
use super::worker::{self, WorkerGuard};
use crate::context::CurrentContext;
use crate::report::{Refused, Report};
use crate::unwind::catch_panic;

/// What is known of it before it is started.
pub(super) struct Setup {
    pub(super) settings: Settings,
    pub(super) handle: Option<Handle>,
    /// It was drained before anything was handed over.
    is_closed: bool,
}

static SETUP: Mutex<Option<Setup>> = Mutex::new(None);
static EXECUTOR: OnceLock<Arc<Executor>> = OnceLock::new();

impl Setup {
    fn lock() -> MutexGuard<'static, Option<Self>> {
        SETUP.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn new() -> Self {
        Self {
            settings: Settings::new(),
            handle: None,
            is_closed: false,
        }
    }
}

/// The process's own, if anything has been handed over to it.
pub(super) fn started() -> Option<&'static Executor> {
    EXECUTOR.get().map(Arc::as_ref)
}

/// The process's own, which is started if it was not.
#[inline]
pub(super) fn get() -> Result<&'static Arc<Executor>, Refused> {
    match EXECUTOR.get() {
        Some(executor) => Ok(executor),
        None => start(),
    }
}

#[cold]
fn start() -> Result<&'static Arc<Executor>, Refused> {
    let mut setup = Setup::lock();
    if let Some(executor) = EXECUTOR.get() {
        return Ok(executor);
    }
    let setup = setup.get_or_insert_with(Setup::new);
    if setup.is_closed {
        return Err(Refused::Drained);
    }
    let executor = Executor::new(setup.settings.clone(), setup.handle.clone())?;
    Ok(EXECUTOR.get_or_init(|| Arc::new(executor)))
}

/// Changes what is known of it, unless it has been started.
pub(super) fn set_up(change: impl FnOnce(&mut Setup)) -> Result<(), AlreadyStarted> {
    let mut setup = Setup::lock();
    if EXECUTOR.get().is_some() {
        return Err(AlreadyStarted);
    }
    change(setup.get_or_insert_with(Setup::new));
    Ok(())
}

/// The one to drain; or, if nothing has been handed over, sees to it that nothing will be.
pub(super) fn close_if_idle() -> Option<&'static Arc<Executor>> {
    let mut setup = Setup::lock();
    let executor = EXECUTOR.get();
    if executor.is_none() {
        setup.get_or_insert_with(Setup::new).is_closed = true;
    }
    executor
}

pub(super) struct Executor {
    queue: Queue<Job>,
    handle: Handle,
    /// Its own, if it was given none.
    runtime: Option<Runtime>,
    settings: Settings,
    /// Whether the runtime's timer is enabled, as far as is known.
    has_timer: AtomicBool,
}

impl Executor {
    pub(super) fn new(settings: Settings, handle: Option<Handle>) -> Result<Self, Refused> {
        let (handle, runtime) = if let Some(handle) = handle {
            (handle, None)
        } else {
            let runtime = runtime(&settings);
            let runtime = runtime.map_err(|error| Refused::NoRuntime(Arc::new(error)))?;
            (runtime.handle().clone(), Some(runtime))
        };
        Ok(Self {
            queue: Queue::new(settings.capacity, settings.concurrency),
            handle,
            runtime,
            settings,
            has_timer: AtomicBool::new(true),
        })
    }

    pub(super) fn queue(&self) -> &Queue<Job> {
        &self.queue
    }

    /// Is ready when a receiver that begins now is to be warned of; `None` if that cannot be told.
    pub(super) fn warning(&self) -> Option<(Sleep, Duration)> {
        let time = self.settings.warn_after;
        if !self.has_timer.load(Ordering::Relaxed) {
            return None;
        }
        // It panics where the timer is not enabled, which nothing else tells.
        let warning = catch_panic(|| sleep(time));
        self.has_timer
            .fetch_and(warning.is_some(), Ordering::Relaxed);
        warning.map(|warning| (warning, time))
    }

    /// Takes a job. If it has to wait for a place, it blocks this thread.
    #[inline]
    pub(super) fn submit(self: &Arc<Self>, job: Job) -> Result<(), Report> {
        match self.admit(job) {
            Ok(taken) => self.start(taken),
            Err((queue::Refused::Full, job)) if self.waits() && !self.is_here() => {
                match block_on(self.wait_for_slot(job), None) {
                    Some(outcome) => outcome,
                    None => unreachable!("there is no deadline"),
                }
            }
            Err((why, job)) => Err(job.refused(self.refused(why))),
        }
    }

    /// Takes a job. If it has to wait for a place, it does so when it is polled.
    pub(super) async fn submit_async(self: &Arc<Self>, job: Job) -> Result<(), Report> {
        match self.admit(job) {
            Ok(taken) => self.start(taken),
            Err((queue::Refused::Full, job)) if self.waits() => self.wait_for_slot(job).await,
            Err((why, job)) => Err(job.refused(self.refused(why))),
        }
    }

    #[inline]
    fn admit(&self, job: Job) -> Result<Taken<Job>, (queue::Refused, Job)> {
        match self.queue.submit(job, CurrentContext::is_background()) {
            // It costs more to find out whether it is one after all.
            Err((queue::Refused::Closed(_), job)) if self.is_of_a_receiver() => {
                self.queue.submit(job, true)
            }
            outcome => outcome,
        }
    }

    async fn wait_for_slot(self: &Arc<Self>, job: Job) -> Result<(), Report> {
        let mut waiting = self.queue.wait_for_slot(job);
        let outcome = poll_fn(|task| {
            let polled = Pin::new(&mut waiting).poll(task);
            if waiting.begins_watch() {
                self.watch_senders();
            }
            polled
        });
        match outcome.await {
            Ok(taken) => self.start(taken),
            Err((why, job)) => Err(job.refused(self.refused(why))),
        }
    }

    /// Starts a thread that refuses the senders which wait for a place when all receivers are stuck: one of
    /// them may wait for such a sender, which nothing tells. The runtime may be what is stuck.
    #[cold]
    fn watch_senders(self: &Arc<Self>) {
        let executor = Arc::clone(self);
        let watch = move || executor.watch(|| thread::sleep(executor.settings.stall_timeout));
        let thread = thread::Builder::new().name("lback-stalled".to_owned());
        if thread.spawn(watch).is_err() {
            // Better too early than never.
            self.watch(|| {});
        }
    }

    fn watch(&self, pause: impl Fn()) {
        let mut seen = None;
        while let Some(changes) = self.queue.watch(seen) {
            seen = Some(changes);
            pause();
        }
    }

    /// Whether whoever finds no place is to wait, and may: what a receiver in the background does has
    /// a place that somebody else may be waiting for.
    fn waits(&self) -> bool {
        self.settings.overflow == Overflow::Wait && !self.is_of_a_receiver()
    }

    /// Whether this is a receiver in the background, or what one has begun: nothing else runs on the
    /// background's own runtime.
    fn is_of_a_receiver(&self) -> bool {
        CurrentContext::is_background() || self.runtime.is_some() && self.is_here()
    }

    /// Whether this thread is one of the runtime's, which would be kept from its work.
    fn is_here(&self) -> bool {
        Handle::try_current().is_ok_and(|here| here.id() == self.handle.id())
    }

    fn start(self: &Arc<Self>, taken: Taken<Job>) -> Result<(), Report> {
        let Taken::Started(worker, job) = taken else {
            return Ok(());
        };
        let name = queue::Job::name(&job);
        let guard = WorkerGuard::new(Arc::clone(self), worker);
        let task = self.handle.spawn(worker::work(guard, job));
        // A runtime that has been shut down drops the task at once.
        if task.is_finished() && self.queue.take_back(worker) {
            return Err(name.refused(Refused::RuntimeGone));
        }
        Ok(())
    }

    #[cold]
    fn refused(&self, why: queue::Refused) -> Refused {
        match why {
            queue::Refused::Full => Refused::QueueFull {
                capacity: self.settings.capacity,
            },
            queue::Refused::Stalled => Refused::Stalled {
                timeout: self.settings.stall_timeout,
            },
            queue::Refused::Closed(Closed::Drained) => Refused::Drained,
            queue::Refused::Closed(Closed::NoWorkers) => Refused::RuntimeGone,
        }
    }

    pub(super) fn drain(&self, timeout: Duration) -> Drained {
        let deadline = Instant::now().checked_add(timeout);
        let mut draining = self.queue.drain();
        let undone = block_on(&mut draining, deadline).or_else(|| {
            draining.pass_deadline();
            block_on(&mut draining, None)
        });
        match undone {
            Some(undone) => Drained::new(&undone),
            None => unreachable!("there is no deadline"),
        }
    }

    pub(super) async fn drain_async(&self, timeout: Duration) -> Drained {
        let mut draining = self.queue.drain();
        let mut alarm = Some(Alarm::set(timeout));
        let undone = poll_fn(|task| {
            if let Some(deadline) = &mut alarm
                && Pin::new(deadline).poll(task).is_ready()
            {
                alarm = None;
                draining.pass_deadline();
            }
            Pin::new(&mut draining).poll(task)
        });
        Drained::new(&*undone.await)
    }

    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        block_on(self.queue.idle(), deadline).unwrap_or(false)
    }

    pub(super) fn stats(&self) -> Stats {
        let counts = self.queue.counts();
        Stats {
            waiting: counts.waiting,
            running: counts.running,
            done: counts.done,
            failed: counts.failed,
        }
    }
}

fn runtime(settings: &Settings) -> std::io::Result<Runtime> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    Builder::new_multi_thread()
        .worker_threads(processors.min(settings.concurrency))
        .thread_name("lback-background")
        .enable_all()
        .build()
}

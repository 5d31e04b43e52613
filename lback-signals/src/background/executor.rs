//! The executor of background receivers: one per process.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use tokio::runtime::{Builder, Handle, Runtime};
use tokio::time::{Sleep, sleep};

use super::block_on::{block_on, block_on_until};
use super::drained::Drained;
use super::job::Job;
use super::queue::{Accepted, CloseReason, Queue, QueueItem, SubmitError};
use super::settings::{AlreadyStarted, Overflow, Settings};
use super::timer::ThreadTimer;
use super::worker::{self, WorkerGuard};
use crate::context::CurrentContext;
use crate::report::{Refused, Report};
use crate::unwind::catch_panic;

/// The configuration of the executor before it starts.
pub(super) struct Setup {
    pub(super) settings: Settings,
    pub(super) handle: Option<Handle>,
    /// Whether it was drained before it started.
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

/// Returns the executor if it has started.
pub(super) fn started() -> Option<&'static Arc<Executor>> {
    EXECUTOR.get()
}

/// Returns the executor. Starts it with the first job.
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

/// Changes the configuration, unless the executor has started.
pub(super) fn set_up(change: impl FnOnce(&mut Setup)) -> Result<(), AlreadyStarted> {
    let mut setup = Setup::lock();
    if EXECUTOR.get().is_some() {
        return Err(AlreadyStarted);
    }
    change(setup.get_or_insert_with(Setup::new));
    Ok(())
}

/// Returns the executor to drain. If it has not started, it never will.
pub(super) fn started_or_close() -> Option<&'static Arc<Executor>> {
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
    /// The dedicated runtime, unless the program gave a handle.
    runtime: Option<Runtime>,
    settings: Settings,
    /// Whether the runtime's timer is enabled, until a try shows that it is not.
    has_timer: AtomicBool,
}

impl Executor {
    fn new(settings: Settings, handle: Option<Handle>) -> Result<Self, Refused> {
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

    pub(super) fn warn_after(&self) -> Duration {
        self.settings.warn_after
    }

    /// Starts the timer after which a running receiver is logged. Returns `None` on a runtime without a
    /// timer.
    pub(super) fn warn_timer(&self) -> Option<Sleep> {
        if !self.has_timer.load(Ordering::Relaxed) {
            return None;
        }
        // `sleep` panics if the timer is disabled, and tokio has no other way to find out.
        let timer = catch_panic(|| sleep(self.settings.warn_after));
        self.has_timer.fetch_and(timer.is_some(), Ordering::Relaxed);
        timer
    }

    /// Submits a job. Blocks this thread if it has to wait for a slot.
    #[inline]
    pub(super) fn submit(self: &Arc<Self>, job: Job) -> Result<(), Report> {
        match self.try_submit(job) {
            Ok(accepted) => self.start(accepted),
            Err((SubmitError::Full, job)) if self.may_wait() && !self.is_on_runtime() => {
                block_on(self.wait_for_slot(job))
            }
            Err(refused) => Err(self.refuse(refused)),
        }
    }

    /// Submits a job. Waits for a slot without blocking the thread.
    pub(super) async fn submit_async(self: &Arc<Self>, job: Job) -> Result<(), Report> {
        match self.try_submit(job) {
            Ok(accepted) => self.start(accepted),
            Err((SubmitError::Full, job)) if self.may_wait() => self.wait_for_slot(job).await,
            Err(refused) => Err(self.refuse(refused)),
        }
    }

    #[inline]
    fn try_submit(&self, job: Job) -> Result<Accepted<Job>, (SubmitError, Job)> {
        match self.queue.submit(job, CurrentContext::is_background()) {
            // The full check costs more, so it comes only when it decides.
            Err((SubmitError::Closed(_), job)) if self.is_in_receiver() => {
                self.queue.submit(job, true)
            }
            outcome => outcome,
        }
    }

    async fn wait_for_slot(self: &Arc<Self>, job: Job) -> Result<(), Report> {
        let mut waiting = self.queue.wait_for_slot(job);
        let outcome = poll_fn(|task| {
            let polled = Pin::new(&mut waiting).poll(task);
            if waiting.needs_watchdog() {
                self.start_watchdog();
            }
            polled
        });
        match outcome.await {
            Ok(accepted) => self.start(accepted),
            Err(refused) => Err(self.refuse(refused)),
        }
    }

    /// Starts a thread that refuses blocked senders when all receivers are stuck: a receiver may wait for
    /// such a sender, and the queue cannot know that. It is a thread, since the runtime may be stuck, too.
    #[cold]
    fn start_watchdog(self: &Arc<Self>) {
        let executor = Arc::clone(self);
        let watch = move || executor.watch(|| thread::sleep(executor.settings.stall_timeout));
        let thread = thread::Builder::new().name("lback-stalled".to_owned());
        if thread.spawn(watch).is_err() {
            // Without a thread, a refusal that comes early is better than a deadlock.
            self.watch(|| {});
        }
    }

    fn watch(&self, pause: impl Fn()) {
        let mut seen = None;
        while let Some(progress) = self.queue.check_progress(seen) {
            seen = Some(progress);
            pause();
        }
    }

    /// Returns whether a sender may wait for a slot. A background receiver may not, since it keeps a worker
    /// that others wait for.
    fn may_wait(&self) -> bool {
        self.settings.overflow == Overflow::Wait && !self.is_in_receiver()
    }

    /// Returns whether this code is part of a background receiver or was spawned by one. Nothing else runs
    /// on the dedicated runtime.
    fn is_in_receiver(&self) -> bool {
        CurrentContext::is_background() || self.runtime.is_some() && self.is_on_runtime()
    }

    /// Returns whether this thread belongs to the runtime, which must not be blocked.
    fn is_on_runtime(&self) -> bool {
        Handle::try_current().is_ok_and(|current| current.id() == self.handle.id())
    }

    fn start(self: &Arc<Self>, accepted: Accepted<Job>) -> Result<(), Report> {
        let Accepted::NewWorker(worker, job) = accepted else {
            return Ok(());
        };
        let info = job.info();
        let guard = WorkerGuard::new(Arc::clone(self), worker);
        let task = self.handle.spawn(worker::work(guard, job));
        // A runtime that has been shut down drops the task at once.
        if task.is_finished() && self.queue.reclaim(worker) {
            return Err(info.refused(Refused::RuntimeGone));
        }
        Ok(())
    }

    #[cold]
    fn refuse(&self, (error, job): (SubmitError, Job)) -> Report {
        job.refused(match error {
            SubmitError::Full => Refused::QueueFull {
                capacity: self.settings.capacity,
            },
            SubmitError::Stalled => Refused::Stalled {
                timeout: self.settings.stall_timeout,
            },
            SubmitError::Closed(CloseReason::Drained) => Refused::Drained,
            SubmitError::Closed(CloseReason::WorkersGone) => Refused::RuntimeGone,
        })
    }

    pub(super) fn drain(&self, timeout: Duration) -> Drained {
        let deadline = Instant::now().checked_add(timeout);
        let mut drain = self.queue.drain();
        let outcome = block_on_until(&mut drain, deadline).unwrap_or_else(|| {
            drain.expire();
            block_on(&mut drain)
        });
        Drained::new(&outcome)
    }

    pub(super) async fn drain_async(&self, timeout: Duration) -> Drained {
        let mut drain = self.queue.drain();
        let mut deadline = Some(ThreadTimer::start(timeout));
        let outcome = poll_fn(|task| {
            if let Some(timer) = &mut deadline
                && Pin::new(timer).poll(task).is_ready()
            {
                deadline = None;
                drain.expire();
            }
            Pin::new(&mut drain).poll(task)
        });
        Drained::new(&*outcome.await)
    }

    pub(super) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        block_on_until(self.queue.idle(), deadline).unwrap_or(false)
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

//! The worker: takes deliveries from an outbox and runs their receivers.

mod attempt;
mod claiming;
mod dead_letter;
mod drain;
mod engine;
mod finishing;
mod handle;
mod health;
mod held;
mod leases;
mod maintaining;
mod receivers;
mod retired;
mod settings;
mod verdict;

use std::any::TypeId;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

pub use self::dead_letter::{DeadLetter, DeadReason, DeliveryDied};
use self::engine::Engine;
pub use self::handle::WorkerHandle;
pub use self::health::WorkerHealth;
use self::receivers::ServedReceiver;
use self::settings::Settings;
use super::error::OutboxError;
use super::outbox::Outbox;
use super::start::check_wiring_of_worker;
use crate::context::CurrentContext;
use crate::info::DurableReceiver;
use crate::registry::{DurableRegistration, durable_receivers, retired_receivers};
use crate::scope::receiver_item;
use crate::stderr;
use crate::wiring::no_receivers;

/// A worker, which takes deliveries from an outbox and runs their receivers until each has succeeded.
///
/// A program runs it beside its other work, or in a separate process. Any number of workers may share an outbox:
/// each delivery is claimed by one of them, which holds it by a lease that it renews while the receiver runs. When a
/// process is killed, its leases expire and other workers take over.
///
/// # Attempts
///
/// A receiver runs as any other: it takes extractors and resources, its panics are caught, and its failures are
/// logged and given to the hook of [`on_failure`](crate::on_failure). An `async fn` runs in a task of tokio's, a
/// `fn` on the blocking pool. It runs in the [`Scope`](crate::Scope) in which the worker was started, and in no
/// transaction.
///
/// | end of the attempt | delivery |
/// |---|---|
/// | the receiver returned, or an extractor has [skipped](crate::Rejection::skip) it | deleted |
/// | an error, a panic, a missing resource, or the timeout | attempted again after the [`Backoff`](super::Backoff) |
/// | a failure of the last attempt, or a permanent error | dead letter |
/// | the payload cannot be decoded | dead letter, and no attempt is counted |
/// | the process ended | attempted again when its lease has expired |
/// | the worker was shut down | given back, and no attempt is counted |
///
/// Deliveries of receivers that the program has [retired](crate::retire) are deleted without an attempt. Those of a
/// receiver that [needs](crate::Needs::receivers_of) receivers of another signal wait while none is linked.
///
/// # Leases
///
/// If the database does not answer, leases cannot be renewed. An `async fn` is cancelled before its lease can have
/// expired, so that no other worker runs it at the same time. A `fn` cannot be cancelled, and neither can an
/// `async fn` that blocks its thread.
///
/// An error of the database does not end the worker. It tries again with a backoff, and its
/// [`health`](Self::health) says that it is degraded.
///
/// # Shutdown
///
/// A worker that is shut down claims no more, waits for running receivers up to the [grace](Self::with_grace),
/// cancels those that are `async fn`s, and gives their deliveries back. It ends when all `fn` receivers have
/// returned.
///
/// # Examples
///
/// A process that only delivers:
///
/// ```no_run
/// # use lback_signals::durable::{MemoryOutbox, OutboxError};
/// use std::time::Duration;
///
/// use lback_signals::durable::Worker;
///
/// # async fn shutdown_signal() {}
/// # #[tokio::main]
/// # async fn main() -> Result<(), OutboxError> {
/// # let outbox = MemoryOutbox::new();
/// let worker = Worker::new(&outbox)
///     .with_grace(Duration::from_secs(25))
///     .on_dead(|letter| eprintln!("{}: {}", letter.receiver().id(), letter.error()));
/// worker.run(shutdown_signal()).await
/// # }
/// ```
///
/// Beside a web server:
///
/// ```standalone_crate
/// # use lback_signals::durable::{MemoryOutbox, OutboxError, Worker};
/// # async fn serve() {}
/// # #[tokio::main]
/// # async fn main() -> Result<(), OutboxError> {
/// # let outbox = MemoryOutbox::new();
/// let worker = Worker::new(&outbox).spawn()?;
/// let health = worker.health(); // for the health check: `health.is_running() && !health.is_degraded()`
/// serve().await;
/// worker.shutdown().await;
/// # assert!(!health.is_running());
/// # Ok(())
/// # }
/// ```
pub struct Worker<O: Outbox> {
    outbox: O,
    settings: Settings,
    /// The function items of the receivers that it serves. `None` serves all.
    only: Option<Vec<TypeId>>,
    health: WorkerHealth,
}

impl<O: Outbox> Worker<O> {
    /// Creates a worker for all durable receivers that are linked into this program.
    #[must_use = "nothing happens before `run` or `spawn`"]
    pub fn new(outbox: &O) -> Self {
        Self {
            outbox: outbox.clone(),
            settings: Settings::default(),
            only: None,
            health: WorkerHealth::default(),
        }
    }

    /// Serves only this receiver and the receivers of other calls of `only`, named by their functions.
    ///
    /// # Panics
    ///
    /// If the function is not a durable receiver, since the worker would do nothing.
    #[must_use = "nothing happens before `run` or `spawn`"]
    #[track_caller]
    pub fn only<F: Copy + 'static>(mut self, receiver: F) -> Self {
        let item = receiver_item(&receiver);
        let is_durable = durable_receivers().iter().any(|it| it.info.item() == item);
        assert!(
            is_durable,
            "`{}` is not durable: add `durable(name = \"…\")` to its `#[receiver]`",
            std::any::type_name::<F>(),
        );
        self.only.get_or_insert_default().push(item);
        self
    }

    /// Calls `on_dead` with each delivery of this worker that becomes a dead letter, after it is stored as one and
    /// the receivers of [`DeliveryDied`] have run.
    ///
    /// It is called on the blocking pool, in the scope of the worker, which completes no other deliveries meanwhile.
    /// Its panics are discarded. After an error of the database it may be called more than once for a delivery.
    #[must_use = "nothing happens before `run` or `spawn`"]
    pub fn on_dead(mut self, on_dead: impl Fn(&DeadLetter) + Send + Sync + 'static) -> Self {
        self.settings.on_dead = Some(Arc::new(on_dead));
        self
    }

    /// Sets the time after which other workers take over deliveries of a process that has ended: 30 seconds by
    /// default, from 100 milliseconds to a day.
    ///
    /// Running receivers may take longer, since the worker renews their leases at a third of this time.
    #[must_use = "nothing happens before `run` or `spawn`"]
    pub fn with_lease(mut self, lease: Duration) -> Self {
        self.settings.lease = lease.clamp(*Settings::LEASES.start(), *Settings::LEASES.end());
        self
    }

    /// Sets how long a shutdown waits for running receivers before it cancels them: 20 seconds by default.
    #[must_use = "nothing happens before `run` or `spawn`"]
    pub fn with_grace(mut self, grace: Duration) -> Self {
        self.settings.grace = grace.min(Settings::LONGEST_GRACE);
        self
    }

    /// Sets the interval at which the worker polls for deliveries that no commit of this process has announced: 1
    /// second by default, from 10 milliseconds to an hour. While the worker is idle it grows up to five times as long.
    #[must_use = "nothing happens before `run` or `spawn`"]
    pub fn with_poll_interval(mut self, interval: Duration) -> Self {
        let range = Settings::POLL_INTERVALS;
        self.settings.poll_interval = interval.clamp(*range.start(), *range.end());
        self
    }

    /// Sets how long dead letters are kept: 90 days by default
    /// ([`DEAD_LETTER_RETENTION`](super::DEAD_LETTER_RETENTION)).
    ///
    /// Each worker deletes the older ones of all receivers, so use the same retention for all workers of an outbox.
    #[must_use = "nothing happens before `run` or `spawn`"]
    pub fn with_dead_letter_retention(mut self, retention: Duration) -> Self {
        self.settings.dead_letter_retention = retention;
        self
    }

    /// Sets the name under which operators see the worker: by default the name of the host, if the environment has
    /// it, and the id of the process. Names need not be unique.
    #[must_use = "nothing happens before `run` or `spawn`"]
    pub fn with_name(mut self, name: impl Into<String>) -> Self {
        self.settings.name = name.into();
        self
    }

    // Not public API. Sets the source of the random numbers that spread the backoff.
    #[doc(hidden)]
    #[must_use]
    pub fn __with_random(mut self, random: impl Fn() -> u64 + Send + Sync + 'static) -> Self {
        self.settings.random = Arc::new(random);
        self
    }

    /// Checks that the worker can start, as [`run`](Self::run) and [`spawn`](Self::spawn) do.
    ///
    /// # Errors
    ///
    /// Returns [`OutboxError::Wiring`]: two signals or two receivers have one name, or a receiver takes parameters
    /// that it cannot get.
    pub fn check(&self) -> Result<(), OutboxError> {
        let receivers: Vec<_> = self.registrations().iter().map(|it| it.info).collect();
        check_wiring_of_worker(&receivers, self.outbox.database())
    }

    /// Returns the state of the worker, which stays readable while it runs.
    #[must_use]
    pub fn health(&self) -> WorkerHealth {
        self.health.clone()
    }

    /// Runs the worker until `shutdown` is ready, and then drains it.
    ///
    /// Dropping the future shuts the worker down, too: it drains in a separate task.
    ///
    /// # Errors
    ///
    /// Returns the error of [`check`](Self::check) before the worker has started. Later errors do not end it.
    ///
    /// # Panics
    ///
    /// If there is no tokio runtime with an enabled timer, or if the outbox panics.
    pub async fn run(self, shutdown: impl Future<Output = ()>) -> Result<(), OutboxError> {
        let mut worker = self.spawn()?;
        tokio::select! {
            biased;
            () = shutdown => {}
            () = worker.ended() => {}
        }
        worker.shutdown().await;
        Ok(())
    }

    /// Starts the worker in a task, beside a web server for example.
    ///
    /// # Errors
    ///
    /// Returns the error of [`check`](Self::check).
    ///
    /// # Panics
    ///
    /// If there is no tokio runtime.
    pub fn spawn(self) -> Result<WorkerHandle, OutboxError> {
        self.check()?;
        let registrations = self.registrations();
        if registrations.is_empty() {
            stderr::warn(format_args!(
                "a worker was started in a program that links no durable receiver, so nothing will be delivered: link the \
                 crate of the receivers with `lback_signals::link!(the_crate);`"
            ));
        }
        let receivers = registrations.into_iter().filter(is_served);
        let receivers = receivers.map(ServedReceiver::new).collect();
        self.outbox.worker_started();
        let scope = CurrentContext::scope();
        let retired = match self.only {
            None => retired_receivers().iter().map(|it| it.name()).collect(),
            Some(_) => Vec::new(),
        };
        let (engine, endings) = Engine::new(
            self.outbox,
            self.settings,
            receivers,
            retired,
            scope,
            self.health.clone(),
        );
        Ok(WorkerHandle::start(engine, endings, self.health))
    }

    fn registrations(&self) -> Vec<DurableRegistration> {
        let mut receivers = durable_receivers();
        // A relay serves these.
        receivers.retain(|receiver| {
            !receiver
                .info
                .durable()
                .is_some_and(DurableReceiver::is_publication)
        });
        if let Some(only) = &self.only {
            receivers.retain(|receiver| only.contains(&receiver.info.item()));
        }
        receivers
    }
}

/// Returns whether the signals that the receiver relies on have receivers. Otherwise its deliveries wait, and a
/// warning says why.
fn is_served(receiver: &DurableRegistration) -> bool {
    let problems = no_receivers(receiver.info);
    for problem in &problems {
        stderr::warn(format_args!("{problem}; its deliveries wait"));
    }
    problems.is_empty()
}

impl<O: Outbox> fmt::Debug for Worker<O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Worker")
            .field("name", &self.settings.name)
            .finish_non_exhaustive()
    }
}

//! The state of a worker, for health checks and metrics.

use std::error::Error;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::durable::error::OutboxError;
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;

/// The state of a [`Worker`](super::Worker). A clone shows the same worker.
///
/// A program reports it in its health check: a worker that is not running, or is degraded for minutes, delivers
/// nothing.
#[derive(Clone, Default)]
pub struct WorkerHealth(Arc<Shared>);

#[derive(Default)]
struct Shared {
    is_running: AtomicBool,
    running: AtomicUsize,
    delivered: AtomicU64,
    failed: AtomicU64,
    dead: AtomicU64,
    lost: AtomicU64,
    freed: AtomicU64,
    database: Mutex<Database>,
}

#[derive(Default)]
struct Database {
    /// Whether the last statement of each kind has failed.
    failing: [bool; Statement::COUNT],
    last_error: Option<String>,
}

/// The kinds of statements of a worker.
#[derive(Clone, Copy, Debug)]
pub(super) enum Statement {
    Poll,
    Claim,
    Renew,
    Finish,
    Maintain,
    Discard,
}

impl Statement {
    const COUNT: usize = Self::Discard as usize + 1;
}

impl WorkerHealth {
    /// Returns whether the worker has started and has not been shut down.
    #[must_use]
    pub fn is_running(&self) -> bool {
        self.0.is_running.load(Ordering::Relaxed)
    }

    /// Returns whether the database of the outbox did not carry out the last statement of some kind. The worker
    /// tries again.
    #[must_use]
    pub fn is_degraded(&self) -> bool {
        self.with_database(|database| database.failing.contains(&true))
    }

    /// Returns the last error of the database, which may be over.
    #[must_use]
    pub fn last_error(&self) -> Option<String> {
        self.with_database(|database| database.last_error.clone())
    }

    /// Returns the number of receivers that run now.
    #[must_use]
    pub fn running(&self) -> usize {
        self.0.running.load(Ordering::Relaxed)
    }

    /// Returns the number of deliveries that this worker has completed.
    #[must_use]
    pub fn delivered(&self) -> u64 {
        self.0.delivered.load(Ordering::Relaxed)
    }

    /// Returns the number of attempts that have failed.
    #[must_use]
    pub fn failed(&self) -> u64 {
        self.0.failed.load(Ordering::Relaxed)
    }

    /// Returns the number of deliveries that this worker has made dead letters.
    #[must_use]
    pub fn dead(&self) -> u64 {
        self.0.dead.load(Ordering::Relaxed)
    }

    /// Returns the number of attempts whose delivery another worker has claimed meanwhile, so that the receiver runs
    /// again.
    #[must_use]
    pub fn lost(&self) -> u64 {
        self.0.lost.load(Ordering::Relaxed)
    }

    /// Returns the number of deliveries of receivers with `order = key` that waited although their key had no earlier
    /// one left, so that the worker has freed them. Anything but zero is a defect of the outbox, or the trace of an
    /// edit by hand.
    #[must_use]
    pub fn freed(&self) -> u64 {
        self.0.freed.load(Ordering::Relaxed)
    }

    pub(super) fn set_running(&self, is_running: bool) {
        self.0.is_running.store(is_running, Ordering::Relaxed);
    }

    pub(super) fn add_running(&self) {
        self.0.running.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn remove_running(&self) {
        self.0.running.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn add_delivered(&self) {
        self.0.delivered.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_failed(&self) {
        self.0.failed.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_dead(&self) {
        self.0.dead.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_lost(&self) {
        self.0.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn add_freed(&self, freed: u64) {
        self.0.freed.fetch_add(freed, Ordering::Relaxed);
    }

    pub(super) fn is_failing(&self, statement: Statement) -> bool {
        self.with_database(|database| database.failing[statement as usize])
    }

    /// Notes that a statement has succeeded, or that there is none of its kind to try again.
    pub(super) fn succeeded(&self, statement: Statement) {
        let has_recovered = self.with_database(|database| {
            let was_failing = database.failing[statement as usize];
            database.failing[statement as usize] = false;
            was_failing && !database.failing.contains(&true)
        });
        if has_recovered {
            #[cfg(feature = "tracing")]
            discard_panic(|| tracing::info!("the outbox answers the worker again"));
            stderr::write_unless_traced(|| "the outbox answers the worker again".to_owned());
        }
    }

    pub(super) fn failed_to(&self, statement: Statement, error: &OutboxError) {
        let text = with_sources(error);
        let is_first = self.with_database(|database| {
            let was_failing = database.failing.contains(&true);
            database.failing[statement as usize] = true;
            database.last_error = Some(text.clone());
            !was_failing
        });
        if is_first {
            #[cfg(feature = "tracing")]
            discard_panic(|| tracing::warn!("the worker is degraded and tries again: {text}"));
            stderr::write_unless_traced(|| {
                format!("the worker is degraded and tries again: {text}")
            });
        }
    }

    fn with_database<T>(&self, call: impl FnOnce(&mut Database) -> T) -> T {
        let database = self.0.database.lock();
        call(&mut database.unwrap_or_else(PoisonError::into_inner))
    }
}

impl fmt::Debug for WorkerHealth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerHealth")
            .field("is_running", &self.is_running())
            .field("is_degraded", &self.is_degraded())
            .field("running", &self.running())
            .field("delivered", &self.delivered())
            .field("failed", &self.failed())
            .field("dead", &self.dead())
            .field("lost", &self.lost())
            .field("freed", &self.freed())
            .finish_non_exhaustive()
    }
}

fn with_sources(error: &OutboxError) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(": ");
        text.push_str(&error.to_string());
        source = error.source();
    }
    text
}

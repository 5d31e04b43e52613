//! The handle of a worker that runs in a task.

use std::fmt;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::sync::{mpsc, watch};
use tokio::task::{JoinError, JoinHandle};

use super::engine::{EndedAttempt, Engine};
use super::health::WorkerHealth;
use crate::durable::outbox::Outbox;

/// The handle of a worker that was started with [`Worker::spawn`](super::Worker::spawn).
///
/// Dropping it shuts the worker down: it claims no more, and drains in its task.
#[must_use = "dropping it shuts the worker down"]
pub struct WorkerHandle {
    stop: watch::Sender<bool>,
    /// `None` after it has ended.
    task: Option<JoinHandle<()>>,
    health: WorkerHealth,
}

impl WorkerHandle {
    pub(super) fn start<O: Outbox>(
        engine: Arc<Engine<O>>,
        endings: mpsc::UnboundedReceiver<EndedAttempt>,
        health: WorkerHealth,
    ) -> Self {
        let (stop, stopped) = watch::channel(false);
        let task = Some(tokio::spawn(engine.serve(stopped, endings)));
        Self { stop, task, health }
    }

    /// Shuts the worker down, and waits until it has ended: it claims no more, waits for running receivers up to the
    /// grace, cancels them, and gives their deliveries back.
    ///
    /// Dropping the future leaves the worker draining.
    ///
    /// # Panics
    ///
    /// If the outbox has panicked.
    pub async fn shutdown(mut self) {
        let _ = self.stop.send(true);
        self.ended().await;
    }

    /// Returns the state of the worker.
    #[must_use]
    pub fn health(&self) -> WorkerHealth {
        self.health.clone()
    }

    /// Waits until the worker has ended.
    pub(super) async fn ended(&mut self) {
        let Some(task) = &mut self.task else {
            return;
        };
        let ended = task.await;
        self.task = None;
        if let Err(Ok(panic)) = ended.map_err(JoinError::try_into_panic) {
            resume_unwind(panic);
        }
    }
}

impl fmt::Debug for WorkerHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorkerHandle")
            .field("health", &self.health)
            .finish_non_exhaustive()
    }
}

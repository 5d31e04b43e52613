//! Tasks that run jobs until the queue is empty.

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::task::{spawn_blocking, yield_now};

use super::executor::Executor;
use super::job::Job;
use super::queue::WorkerId;
use crate::info::ReceiverInfo;
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;
use crate::unwind::{self, drop_guarded};

/// Owns the id of a worker. If it is dropped before the queue has ended the worker, the runtime has dropped
/// the task.
pub(super) struct WorkerGuard {
    executor: Arc<Executor>,
    worker: WorkerId,
    has_started: bool,
    has_ended: bool,
}

impl WorkerGuard {
    pub(super) fn new(executor: Arc<Executor>, worker: WorkerId) -> Self {
        Self {
            executor,
            worker,
            has_started: false,
            has_ended: false,
        }
    }

    fn next(&mut self, is_ok: bool) -> Option<Job> {
        let next = self.executor.queue().next(self.worker, is_ok);
        self.has_ended = next.is_none();
        next
    }

    /// Runs a job, a `fn` on a blocking thread, and returns whether it succeeded. Returns `None` if the
    /// runtime has shut down.
    async fn run(&self, job: Job) -> Option<bool> {
        let receiver = job.receiver();
        let run = async {
            if receiver.is_async() {
                return Some(job.run().await.is_none_or(|report| report.is_ok()));
            }
            match spawn_blocking(|| job.call()).await {
                Ok(report) => Some(report.is_none_or(|report| report.is_ok())),
                Err(error) => error.is_panic().then_some(false),
            }
        };
        let mut timer = self.executor.warn_timer().map(Box::pin);
        let mut run = pin!(run);
        poll_fn(|task| {
            // A panic outside the receiver, such as one of a value that is dropped with the job.
            let polled = unwind::catch(|| run.as_mut().poll(task));
            match polled {
                Ok(Poll::Pending) => {}
                Ok(ready) => return ready,
                Err(panic) => {
                    drop_guarded(panic);
                    return Poll::Ready(Some(false));
                }
            }
            if timer
                .as_mut()
                .is_some_and(|it| it.as_mut().poll(task).is_ready())
            {
                timer = None;
                warn_of_slow(receiver, self.executor.warn_after());
            }
            Poll::Pending
        })
        .await
    }
}

fn warn_of_slow(receiver: &ReceiverInfo, time: Duration) {
    #[cfg(feature = "tracing")]
    discard_panic(|| {
        tracing::warn!(
            signal = receiver.signal().name(),
            receiver = receiver.id(),
            file = receiver.file(),
            line = receiver.line(),
            "a receiver in the background has been running for {time:?}",
        );
    });
    stderr::write_unless_traced(|| {
        let id = receiver.id();
        format!("receiver `{id}` has been running in the background for {time:?}")
    });
}

impl Drop for WorkerGuard {
    fn drop(&mut self) {
        if self.has_ended {
            return;
        }
        self.executor.queue().cancel(self.worker, self.has_started);
        #[cfg(feature = "tracing")]
        discard_panic(|| {
            tracing::error!(
                waiting = self.executor.queue().stats().waiting(),
                "the runtime of background receivers has been shut down: queued receivers will not run",
            );
        });
        stderr::write_unless_traced(|| {
            let waiting = self.executor.queue().stats().waiting();
            format!(
                "the runtime of background receivers has been shut down: {waiting} queued receivers will \
                 not run"
            )
        });
    }
}

pub(super) async fn work(mut guard: WorkerGuard, first: Job) {
    guard.has_started = true;
    let mut job = first;
    while let Some(is_ok) = guard.run(job).await {
        match guard.next(is_ok) {
            None => return,
            Some(next) => job = next,
        }
        // Short jobs must not starve the other tasks of the runtime.
        yield_now().await;
    }
}

//! Tasks that take jobs from the queue until there are none.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use tokio::task::{spawn_blocking, yield_now};

use super::executor::Executor;
use super::job::Job;
use super::queue::Worker;
use crate::info::ReceiverInfo;
use crate::stderr;
#[cfg(feature = "tracing")]
use crate::unwind::discard_panic;
use crate::unwind::drop_guarded;

/// Holds a worker's place. If it is dropped before the work is done, the runtime has been shut down.
pub(super) struct WorkerGuard {
    executor: Arc<Executor>,
    worker: Worker,
    is_begun: bool,
    is_done: bool,
}

impl WorkerGuard {
    pub(super) fn new(executor: Arc<Executor>, worker: Worker) -> Self {
        Self {
            executor,
            worker,
            is_begun: false,
            is_done: false,
        }
    }

    fn next(&mut self, is_ok: bool) -> Option<Job> {
        let next = self.executor.queue().next(self.worker, is_ok);
        self.is_done = next.is_none();
        next
    }

    /// Runs the job, a `fn` on a thread that may block, and says whether it did its work. `None` if the
    /// runtime does not.
    async fn run(&self, job: Job) -> Option<bool> {
        let receiver = job.receiver();
        let run = async {
            if receiver.is_async() {
                return Some(job.run().await.is_ok());
            }
            match spawn_blocking(|| job.call()).await {
                Ok(report) => Some(report.is_ok()),
                Err(error) => error.is_panic().then_some(false),
            }
        };
        let warning = self.executor.warning();
        let (mut warning, time) = warning.map_or_else(Default::default, |(warning, time)| {
            (Some(Box::pin(warning)), time)
        });
        let mut run = pin!(run);
        poll_fn(|task| {
            // Whatever panics besides the receiver, such as what it leaves to be dropped.
            let polled = catch_unwind(AssertUnwindSafe(|| run.as_mut().poll(task)));
            match polled {
                Ok(Poll::Pending) => {}
                Ok(ready) => return ready,
                Err(panic) => {
                    drop_guarded(panic);
                    return Poll::Ready(Some(false));
                }
            }
            if warning
                .as_mut()
                .is_some_and(|it| it.as_mut().poll(task).is_ready())
            {
                warning = None;
                warn(receiver, time);
            }
            Poll::Pending
        })
        .await
    }
}

fn warn(receiver: &ReceiverInfo, time: Duration) {
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
        if self.is_done {
            return;
        }
        self.executor.queue().lose(self.worker, self.is_begun);
        #[cfg(feature = "tracing")]
        discard_panic(|| {
            tracing::error!(
                waiting = self.executor.stats().waiting(),
                "the runtime of receivers in the background has been shut down: no more will run",
            );
        });
        stderr::write_unless_traced(|| {
            let waiting = self.executor.stats().waiting();
            format!(
                "the runtime of the background has been shut down: {waiting} more receivers will not run"
            )
        });
    }
}

pub(super) async fn work(mut guard: WorkerGuard, first: Job) {
    guard.is_begun = true;
    let mut job = first;
    while let Some(is_ok) = guard.run(job).await {
        match guard.next(is_ok) {
            None => return,
            Some(next) => job = next,
        }
        // Others on this runtime have their turn, however short the jobs are.
        yield_now().await;
    }
}

//! Tasks that take jobs from the queue until there are none.

use std::pin::pin;
use std::sync::Arc;

use tokio::task::{spawn_blocking, yield_now};
use tokio::time::timeout;

use super::executor::Executor;
use super::job::Job;
use super::queue::Worker;
use crate::report::Report;

/// A worker's place. If it is dropped before the work is done, the runtime has been shut down.
pub(super) struct Post {
    executor: Arc<Executor>,
    worker: Worker,
    is_left: bool,
}

impl Post {
    pub(super) fn new(executor: Arc<Executor>, worker: Worker) -> Self {
        Self {
            executor,
            worker,
            is_left: false,
        }
    }

    fn next(&mut self, is_ok: bool) -> Option<Job> {
        let next = self.executor.queue().next(self.worker, is_ok);
        self.is_left = next.is_none();
        next
    }

    /// Runs the job; a `fn` on a thread that may block. `None` if the runtime does not.
    async fn run(&self, job: Job) -> Option<Report> {
        let receiver = job.receiver();
        let mut run = pin!(async {
            if receiver.is_async() {
                Some(job.run().await)
            } else {
                spawn_blocking(|| job.call()).await.ok()
            }
        });
        let warn_after = self.executor.settings().warn_after;
        if let Ok(report) = timeout(warn_after, run.as_mut()).await {
            return report;
        }
        #[cfg(feature = "tracing")]
        crate::quiet::quietly(|| {
            tracing::warn!(
                signal = receiver.signal().name(),
                receiver = receiver.id(),
                file = receiver.file(),
                line = receiver.line(),
                "a receiver in the background has been running for {warn_after:?}",
            );
        });
        run.await
    }
}

impl Drop for Post {
    fn drop(&mut self) {
        if self.is_left {
            return;
        }
        self.executor.queue().desert(self.worker);
        #[cfg(feature = "tracing")]
        crate::quiet::quietly(|| {
            tracing::error!(
                waiting = self.executor.stats().waiting(),
                "the runtime of receivers in the background has been shut down: no more will run",
            );
        });
    }
}

pub(super) async fn work(mut post: Post, first: Job) {
    let mut job = first;
    while let Some(report) = post.run(job).await {
        match post.next(report.is_ok()) {
            None => return,
            Some(next) => job = next,
        }
        // Others on this runtime have their turn, however short the jobs are.
        yield_now().await;
    }
}

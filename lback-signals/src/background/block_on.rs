//! Blocks a thread on a future that needs no runtime.

use std::pin::pin;
use std::sync::Arc;
#[cfg(feature = "durable")]
use std::sync::OnceLock;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Instant;

#[cfg(feature = "durable")]
use tokio::runtime::{Builder, Runtime};

/// Polls the future on this thread until it is ready.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    match block_on_until(future, None) {
        Some(output) => output,
        None => unreachable!("there is no deadline"),
    }
}

/// Polls the future on this thread until it is ready. Returns `None` if the deadline passes first.
pub(super) fn block_on_until<F: Future>(future: F, deadline: Option<Instant>) -> Option<F::Output> {
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut task = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut task) {
            return Some(output);
        }
        match deadline {
            None => thread::park(),
            Some(deadline) => {
                let left = deadline.saturating_duration_since(Instant::now());
                if left.is_zero() {
                    return None;
                }
                thread::park_timeout(left);
            }
        }
    }
}

/// Polls a future of receivers on this thread until it is ready, in the context of a runtime that is not this thread's:
/// the timers and tasks of that one would wait for this thread.
#[cfg(feature = "durable")]
pub(crate) fn block_on_receivers<F: Future>(future: F) -> F::Output {
    static RUNTIME: OnceLock<Option<Runtime>> = OnceLock::new();

    let runtime = RUNTIME.get_or_init(|| {
        let mut builder = Builder::new_multi_thread();
        let builder = builder.worker_threads(1).thread_name("lback-durable-test");
        builder.enable_all().build().ok()
    });
    let _in_runtime = runtime.as_ref().map(Runtime::enter);
    block_on(future)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

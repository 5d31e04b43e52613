//! Signals with async receivers.

mod cancelled;
mod closures;
mod concurrent;
mod context;
mod failures;
mod first_poll;
mod recursion;
mod replies;

use std::future::poll_fn;
use std::mem;
use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll, Waker};

/// The lines that receivers write.
#[derive(Debug, Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn write(&self, line: impl Into<String>) {
        self.0.lock().unwrap().push(line.into());
    }

    fn take(&self) -> Vec<String> {
        mem::take(&mut self.0.lock().unwrap())
    }
}

/// Ready at the second poll.
async fn yield_now() {
    let mut is_ready = false;
    poll_fn(|task| {
        task.waker().wake_by_ref();
        if mem::replace(&mut is_ready, true) {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

pub(crate) fn poll_once<F: Future + ?Sized>(future: Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

//! A timer that works on any runtime or none.

use std::pin::Pin;
use std::sync::mpsc::{self, Sender};
use std::task::{Context, Poll};
use std::thread;
use std::time::Duration;

use tokio::sync::oneshot;

/// A future that is ready after a duration. A dedicated thread waits for it.
pub(super) struct ThreadTimer {
    /// Ready when the thread drops its sender.
    elapsed: oneshot::Receiver<()>,
    /// Dropping it ends the thread.
    _cancel: Sender<()>,
}

impl ThreadTimer {
    pub(super) fn start(duration: Duration) -> Self {
        let (on_elapsed, elapsed) = oneshot::channel();
        let (cancel, cancelled) = mpsc::channel();
        let wait = move || {
            let _ = cancelled.recv_timeout(duration);
            drop(on_elapsed);
        };
        let thread = thread::Builder::new().name("lback-deadline".to_owned());
        // If there is no thread, the sender is dropped at once: a drain that ends early is better than one
        // that never ends.
        let _ = thread.spawn(wait);
        Self {
            elapsed,
            _cancel: cancel,
        }
    }
}

impl Future for ThreadTimer {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.elapsed).poll(task).map(drop)
    }
}

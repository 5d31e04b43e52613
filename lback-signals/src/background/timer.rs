//! A timer that works on any runtime or none.

use crate::unwind::discard_panic;
use std::pin::Pin;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

/// A future that is ready after a duration. A dedicated thread waits for it.
pub(super) struct ThreadTimer {
    state: Arc<Mutex<State>>,
    /// Dropping it ends the thread.
    _cancel: Sender<()>,
}

#[derive(Default)]
struct State {
    has_elapsed: bool,
    waker: Option<Waker>,
}

impl ThreadTimer {
    pub(super) fn start(duration: Duration) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (cancel, cancelled) = mpsc::channel();
        let shared = Arc::clone(&state);
        let wait = move || {
            if cancelled.recv_timeout(duration) == Err(RecvTimeoutError::Timeout) {
                elapse(&shared);
            }
        };
        let thread = thread::Builder::new().name("lback-deadline".to_owned());
        if thread.spawn(wait).is_err() {
            // Without a thread, a drain that ends early is better than one that never ends.
            elapse(&state);
        }
        Self {
            state,
            _cancel: cancel,
        }
    }
}

fn elapse(state: &Mutex<State>) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.has_elapsed = true;
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        discard_panic(|| waker.wake());
    }
}

impl Future for ThreadTimer {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let waker = task.waker().clone();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.has_elapsed {
            return Poll::Ready(());
        }
        let replaced = state.waker.replace(waker);
        drop(state);
        drop(replaced);
        Poll::Pending
    }
}

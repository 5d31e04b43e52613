//! A deadline for whoever awaits, on any runtime or none.

use crate::unwind::discard_panic;
use std::pin::Pin;
use std::sync::mpsc::{self, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::Duration;

/// Is ready when the time has passed. A thread of its own sees to that, and ends with it.
pub(super) struct Alarm {
    state: Arc<Mutex<State>>,
    /// Dropped, it ends the thread.
    _thread: Sender<()>,
}

#[derive(Default)]
struct State {
    is_over: bool,
    waker: Option<Waker>,
}

impl Alarm {
    pub(super) fn set(time: Duration) -> Self {
        let state = Arc::new(Mutex::new(State::default()));
        let (sender, is_dropped) = mpsc::channel();
        let over = Arc::clone(&state);
        let wait = move || {
            if is_dropped.recv_timeout(time) == Err(RecvTimeoutError::Timeout) {
                ring(&over);
            }
        };
        let thread = thread::Builder::new().name("lback-deadline".to_owned());
        if thread.spawn(wait).is_err() {
            // Better too early than never.
            ring(&state);
        }
        Self {
            state,
            _thread: sender,
        }
    }
}

fn ring(state: &Mutex<State>) {
    let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
    state.is_over = true;
    let waker = state.waker.take();
    drop(state);
    if let Some(waker) = waker {
        discard_panic(|| waker.wake());
    }
}

impl Future for Alarm {
    type Output = ();

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<()> {
        let waker = task.waker().clone();
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if state.is_over {
            return Poll::Ready(());
        }
        let earlier = state.waker.replace(waker);
        drop(state);
        drop(earlier);
        Poll::Pending
    }
}

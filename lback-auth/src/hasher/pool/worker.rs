//! What a thread of the pool does.

use std::sync::Arc;
use std::sync::PoisonError;
use std::time::Instant;

use super::schedule::Ready;
use super::{Shared, Work};

/// Works until there has been nothing to do for a while.
pub(super) fn work(shared: &Arc<Shared>) {
    while let Some(mut next) = wait(shared) {
        loop {
            let Ready { job, mut seat, .. } = next;
            job(&mut seat.memory);
            // The answer is out. What could be left of its password is in the memory.
            let mut state = shared.lock();
            state.schedule.expire(Instant::now());
            match state.schedule.take_over(seat) {
                Ok(ready) => next = ready,
                Err(mut seat) => {
                    drop(state);
                    seat.memory.wipe();
                    let mut state = shared.lock();
                    state.schedule.release(seat);
                    // Without more threads it takes longer, but this one is there.
                    let _ = shared.staff(&mut state);
                    break;
                }
            }
        }
    }
}

/// The next job, or `None` when it is time to go.
fn wait(shared: &Shared) -> Option<Ready<Work>> {
    let mut state = shared.lock();
    loop {
        if let Some(ready) = state.schedule.take() {
            return Some(ready);
        }
        if state.is_closed {
            state.workers -= 1;
            return None;
        }
        state.idle += 1;
        let waited = shared.ready.wait_timeout(state, shared.limits.idle);
        let (awake, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        state = awake;
        state.idle -= 1;
        if timeout.timed_out() && state.schedule.ready() == 0 {
            state.workers -= 1;
            let workers = state.workers;
            state.schedule.keep(workers);
            return None;
        }
    }
}

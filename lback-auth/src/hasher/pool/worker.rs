//! What a thread of the pool does.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::memory::LINGER;
use super::schedule::{Ready, Seat};
use super::{Memory, Shared, Work, drop_jobs, quietly};

/// Works until there has been nothing to do for a while.
pub(super) fn work(shared: &Arc<Shared>) {
    while let Some(Ready { job, mut seat, .. }) = wait(shared) {
        seat.make_room();
        let answer = job(&mut seat.memory);
        shared.lock().schedule.ends(&seat);
        quietly(answer);

        let now = Instant::now();
        if seat.memory.is_due(now) {
            seat.memory.wipe();
        }
        seat.memory.rest(now);
        if seat.memory.len() > shared.limits.memory as usize {
            // No place has so much.
            seat.memory = Memory::default();
        }
        give_back(shared, seat);
    }
}

/// The next job, or `None` when it is time to go.
fn wait(shared: &Arc<Shared>) -> Option<Ready<Work>> {
    let mut state = shared.lock();
    loop {
        if let Some(ready) = state.schedule.take() {
            return Some(ready);
        }
        if state.is_closed {
            state.workers -= 1;
            return None;
        }
        if let Some(mut seat) = state.schedule.take_to_wipe(Instant::now()) {
            drop(state);
            seat.memory.wipe();
            give_back(shared, seat);
            state = shared.lock();
            continue;
        }
        let has_to_wipe = state.schedule.has_to_wipe();
        let timeout = if has_to_wipe {
            LINGER
        } else {
            shared.limits.idle_timeout
        };
        state.idle += 1;
        let waited = shared.ready.wait_timeout(state, timeout);
        let (awake, timeout) = waited.unwrap_or_else(PoisonError::into_inner);
        state = awake;
        state.idle -= 1;
        if timeout.timed_out() && !has_to_wipe && state.schedule.ready() == 0 {
            state.workers -= 1;
            let workers = state.workers;
            state.schedule.keep(workers);
            return None;
        }
    }
}

fn give_back(shared: &Arc<Shared>, seat: Seat) {
    let mut state = shared.lock();
    let expired = state.schedule.expire(Instant::now());
    state.schedule.release(seat);
    // Without more threads it takes longer, but this one is there.
    let _ = shared.staff(&mut state);
    drop(state);
    drop_jobs(expired);
}

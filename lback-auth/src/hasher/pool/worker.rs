//! The loop of a worker thread.

use std::sync::{Arc, PoisonError};
use std::time::Instant;

use super::memory::WIPE_DELAY;
use super::schedule::{Allocation, Ready};
use super::{Memory, Shared, Work, drop_jobs, ignore_panic};

/// Runs jobs until the pool is closed or the thread has been idle for the idle time.
pub(super) fn work(shared: &Arc<Shared>) {
    while let Some(Ready {
        job,
        mut allocation,
        ..
    }) = wait(shared)
    {
        allocation.free_surplus();
        let answer = job(&mut allocation.memory);
        shared.lock().schedule.mark_ending(&allocation);
        ignore_panic(answer);

        let now = Instant::now();
        if allocation.memory.is_due(now) {
            allocation.memory.wipe();
        }
        allocation.memory.start_wipe_delay(now);
        if allocation.memory.len() > shared.limits.memory as usize {
            // More than the memory of a slot.
            allocation.memory = Memory::default();
        }
        give_back(shared, allocation);
    }
}

/// Waits for the next job. Returns `None` when the thread should end.
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
        if let Some(mut allocation) = state.schedule.take_to_wipe(Instant::now()) {
            drop(state);
            allocation.memory.wipe();
            give_back(shared, allocation);
            state = shared.lock();
            continue;
        }
        let has_to_wipe = state.schedule.has_to_wipe();
        let timeout = if has_to_wipe {
            WIPE_DELAY
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
            state.schedule.truncate_memories(workers);
            return None;
        }
    }
}

fn give_back(shared: &Arc<Shared>, allocation: Allocation) {
    let mut state = shared.lock();
    let expired = state.schedule.expire(Instant::now());
    state.schedule.release(allocation);
    // If no thread can be spawned, this one runs the jobs.
    let _ = shared.wake_workers(&mut state);
    drop(state);
    drop_jobs(expired);
}

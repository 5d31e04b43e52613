//! Counts and times the jobs that the workers have run, in this process or in a child.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

static COUNT: AtomicU64 = AtomicU64::new(0);
static STARTS: Mutex<Vec<(i64, u128)>> = Mutex::new(Vec::new());
static IS_TIMED: AtomicBool = AtomicBool::new(false);
static IS_CHILD: AtomicBool = AtomicBool::new(false);

/// Notes that the job of this number has started.
pub(crate) fn started(number: i64) {
    COUNT.fetch_add(1, Ordering::Relaxed);
    if IS_TIMED.load(Ordering::Relaxed) {
        started_at(number, now());
    } else if IS_CHILD.load(Ordering::Relaxed) {
        println!("{number} {}", now());
    }
}

/// Notes that the job of this number has started at a time.
pub(crate) fn started_at(number: i64, time: u128) {
    STARTS
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push((number, time));
}

/// Returns the number of jobs that have started in this process.
pub(crate) fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// Sets whether the times of starts are kept.
pub(crate) fn set_timed(is_timed: bool) {
    IS_TIMED.store(is_timed, Ordering::Relaxed);
}

/// Writes each start to standard output.
pub(crate) fn set_child() {
    IS_CHILD.store(true, Ordering::Relaxed);
}

/// Returns the starts since the last call.
pub(crate) fn take_starts() -> Vec<(i64, u128)> {
    std::mem::take(&mut *STARTS.lock().unwrap_or_else(PoisonError::into_inner))
}

/// Returns the time in nanoseconds, by the clock that all processes share.
pub(crate) fn now() -> u128 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos())
}

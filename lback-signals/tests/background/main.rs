//! Receivers off the sender's path, as the process has them by default. What is set up otherwise, or
//! ends, has a process of its own: see the other files that begin with `background`.

#![cfg(feature = "tokio")]

mod delivery;
mod failures;
mod places;

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// Longer than anything takes that ends.
const LONG: Duration = Duration::from_mins(1);

/// What receivers note, for who waits for it.
#[derive(Debug, Default)]
struct Notes {
    lines: Mutex<Vec<String>>,
    changed: Condvar,
}

impl Notes {
    fn write(&self, line: impl Into<String>) {
        let mut lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push(line.into());
        self.changed.notify_all();
    }

    /// All of them, when there are so many.
    fn wait_for(&self, lines: usize) -> Vec<String> {
        let all = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missing = |all: &mut Vec<String>| all.len() < lines;
        let waited = self.changed.wait_timeout_while(all, LONG, is_missing);
        let (all, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert_eq!(all.len(), lines, "{all:?}");
        all.clone()
    }
}

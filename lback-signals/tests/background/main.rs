//! Background receivers with the default settings. Tests with other settings, or that close the background,
//! have their own processes: see the other files that begin with `background`.

#![cfg(feature = "tokio")]

mod delivery;
mod failures;
mod places;

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A timeout that is longer than any step that ends.
const LONG: Duration = Duration::from_mins(1);

/// The records of the receivers.
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

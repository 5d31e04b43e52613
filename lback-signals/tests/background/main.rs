//! Background receivers. A test that changes the settings or closes the background runs in a child process.

#![cfg(feature = "tokio")]

#[cfg(feature = "tracing")]
mod collector;
mod gate;

// With the default settings, in this process.
mod delivery;
mod failures;
mod scopes;

mod blocked;
mod deadline;
mod disabled;
mod drain;
mod full;
mod gone;
mod handle;
mod narrow;
mod observed;
mod order;
mod overlapping_drains;
#[cfg(feature = "tracing")]
mod spans;
mod stalls;
mod stops;
mod unused;
mod waits;
#[cfg(feature = "tracing")]
mod warning;
mod woken;

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

/// A timeout that no successful test reaches.
const LONG: Duration = Duration::from_mins(1);

/// The lines that receivers write.
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

    /// Waits until there are this many lines, and returns them.
    fn wait_for(&self, lines: usize) -> Vec<String> {
        let all = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let is_missing = |all: &mut Vec<String>| all.len() < lines;
        let waited = self.changed.wait_timeout_while(all, LONG, is_missing);
        let (all, _) = waited.unwrap_or_else(PoisonError::into_inner);
        assert_eq!(all.len(), lines, "{all:?}");
        all.clone()
    }
}

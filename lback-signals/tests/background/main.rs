//! Background receivers with the default settings. Tests that change the settings or close the background
//! run in separate processes: the files that begin with `background_`.

#![cfg(feature = "tokio")]

mod delivery;
mod failures;
mod scopes;

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

//! The counts of dispatches and runs.

use std::collections::HashMap;
use std::fmt;

use crate::info::{ReceiverInfo, SignalInfo};
use crate::observe::{ReceiverRun, RunOutcome};

/// How often each signal was sent, and how the runs of each receiver ended.
///
/// [`LiveView::counts`](super::LiveView::counts) returns them, and
/// `Wiring::to_svg_with` (feature `svg`) draws them.
#[derive(Clone, Debug, Default)]
pub struct DispatchCounts {
    dispatches: HashMap<&'static SignalInfo, u64>,
    runs: HashMap<&'static ReceiverInfo, RunCounts>,
}

/// How the runs of a receiver ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RunCounts {
    /// Runs that succeeded.
    pub succeeded: u64,
    /// Runs that failed.
    pub failed: u64,
    /// Runs that were skipped, cancelled or lost.
    pub other: u64,
}

/// Writes `3 succeeded, 1 failed, 2 other`, without what is zero, or `not run`.
impl fmt::Display for RunCounts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            succeeded,
            failed,
            other,
        } = *self;
        let mut separator = "";
        for (count, word) in [
            (succeeded, "succeeded"),
            (failed, "failed"),
            (other, "other"),
        ] {
            if count > 0 {
                write!(f, "{separator}{count} {word}")?;
                separator = ", ";
            }
        }
        if separator.is_empty() {
            f.write_str("not run")?;
        }
        Ok(())
    }
}

impl DispatchCounts {
    /// Returns how often a signal was sent.
    #[must_use]
    pub fn dispatches(&self, signal: &'static SignalInfo) -> u64 {
        self.dispatches.get(signal).copied().unwrap_or_default()
    }

    /// Returns how the runs of a receiver ended.
    #[must_use]
    pub fn runs(&self, receiver: &'static ReceiverInfo) -> RunCounts {
        self.runs.get(receiver).copied().unwrap_or_default()
    }

    pub(super) fn add_dispatch(&mut self, signal: &'static SignalInfo) {
        *self.dispatches.entry(signal).or_default() += 1;
    }

    pub(super) fn add_run(&mut self, run: &ReceiverRun<'_>) {
        let counts = self.runs.entry(run.receiver()).or_default();
        let count = match run.outcome() {
            RunOutcome::Succeeded => &mut counts.succeeded,
            RunOutcome::Failed(_) => &mut counts.failed,
            _ => &mut counts.other,
        };
        *count += 1;
    }
}

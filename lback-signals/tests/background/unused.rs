//! A drain before the first job is queued.

use std::time::Duration;

use lback_signals::background::{self, Refused, Stats};
use lback_signals::{FailureKind, Signal, receiver, signal};
use test_support::in_child_process;

use crate::LONG;

#[signal(owned)]
struct Late;

#[receiver(signal = Late, background)]
fn never_runs(_: &Late) {
    unreachable!("the job was refused");
}

struct SendsWhenDropped;

impl Clone for SendsWhenDropped {
    fn clone(&self) -> Self {
        Self
    }
}

#[signal(owned)]
struct Closed<'a> {
    held: &'a SendsWhenDropped,
}

/// A refused job drops its copy, whose drop sends the signal again, endlessly.
impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        let _ = Closed { held: self }.send();
    }
}

#[receiver(signal = Closed, background)]
fn never_called(event: &Closed<'_>) {
    let _ = event.held;
    unreachable!("the job was refused");
}

#[test]
fn a_drain_before_the_first_job_ends_at_once_and_later_jobs_are_refused() {
    in_child_process(|| {
        assert!(background::flush(Duration::ZERO));
        assert!(background::drain(LONG).is_complete());
        let report = Late.send();
        assert_eq!(report.deferred(), 0);
        let FailureKind::Refused(Refused::Drained) = report.failures()[0].kind() else {
            panic!("{report:?}");
        };
        assert_eq!(background::stats(), Stats::default());
        drop(SendsWhenDropped);
    });
}

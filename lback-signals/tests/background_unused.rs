//! A drain before the first job is queued.

#![cfg(feature = "tokio")]

use std::time::Duration;

use lback_signals::background::{self, Refused, Stats};
use lback_signals::{FailureKind, Signal, receiver, signal};

#[signal(owned)]
struct Late;

#[receiver(signal = Late, background)]
fn never_runs(_: &Late) {
    unreachable!("it was not taken");
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

/// Its copy is dropped when it is refused. The drop sends again, without end.
impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        let _ = Closed { held: self }.send();
    }
}

#[receiver(signal = Closed, background)]
fn never_hears(event: &Closed<'_>) {
    let _ = event.held;
    unreachable!("it was not taken");
}

#[test]
fn it_ends_at_once_and_takes_nothing_any_more() {
    assert!(background::flush(Duration::ZERO));
    assert!(background::drain(Duration::from_mins(1)).is_complete());
    let report = Late.send();
    assert_eq!(report.deferred(), 0);
    let FailureKind::Refused(Refused::Drained) = report.failures()[0].kind() else {
        panic!("{report:?}");
    };
    assert_eq!(background::stats(), Stats::default());
    drop(SendsWhenDropped);
}

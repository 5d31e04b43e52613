//! A drain with a thousand jobs in the queue.

use std::thread;
use std::time::Duration;

use lback_signals::background::{self, Refused, Settings};
use lback_signals::{FailureKind, Report, Signal, receiver, signal};
use test_support::in_child_process;

use crate::LONG;
use crate::gate::Gate;

static GATE: Gate = Gate::closed();

#[signal(owned)]
struct Ordered {
    number: u32,
}

#[receiver(signal = Ordered, background)]
fn slow(event: &Ordered) {
    GATE.pass();
    if event.number == 0 {
        // The drain has begun, and the nested job is still accepted.
        assert_eq!(Shipped.send().deferred(), 1);
    }
}

#[signal(owned)]
struct Shipped;

#[receiver(signal = Shipped, background)]
async fn ship(_: &Shipped) -> Result<(), &'static str> {
    Err("no ship")
}

fn is_refused(report: &Report) -> bool {
    let mut failures = report.failures().iter();
    failures.any(|failure| matches!(failure.kind(), FailureKind::Refused(Refused::Drained)))
}

#[test]
fn a_drain_delivers_all_earlier_signals_and_refuses_later_ones() {
    in_child_process(|| {
        background::configure(Settings::new().with_concurrency(9)).unwrap();
        for number in 0..1_000 {
            assert_eq!(Ordered { number }.send().deferred(), 1);
        }
        // All jobs are submitted. Nine of them, the concurrency, are running.
        let stats = background::stats();
        assert_eq!(
            (stats.running(), stats.waiting(), stats.done()),
            (9, 991, 0)
        );
        assert!(background::configure(Settings::new()).is_err());

        let drained = thread::scope(|threads| {
            let drained = threads.spawn(|| background::drain(LONG));
            // Once the drain has begun, sends from outside are refused. Until then, some more are accepted.
            while !is_refused(&(Ordered { number: 1 }).send()) {
                thread::yield_now();
            }
            GATE.open();
            drained.join().unwrap()
        });
        assert!(drained.is_complete(), "{drained}");
        assert!(drained.delivered() >= 1_000);
        assert_eq!(drained.failed(), 1);

        assert!(is_refused(&Shipped.send()));
        let stats = background::stats();
        assert_eq!(stats.done(), drained.delivered());
        assert_eq!(
            (stats.running(), stats.waiting(), stats.failed()),
            (0, 0, 1)
        );
        assert!(background::drain(Duration::ZERO).is_complete());
    });
}

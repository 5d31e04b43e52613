//! Drains that overlap.

use std::thread;
use std::time::Duration;

use lback_signals::background::{self, Drained, Settings, Undelivered};
use lback_signals::{Signal, receiver, signal};
use test_support::{in_child_processes, rounds};

use crate::LONG;
use crate::gate::Gate;

static STARTED: Gate = Gate::closed();
static GATE: Gate = Gate::closed();

#[signal(owned)]
struct Ordered;

#[receiver(signal = Ordered, background)]
fn slow(_: &Ordered) {
    STARTED.open();
    GATE.pass();
}

fn summary(drained: &Drained) -> (u64, Vec<String>) {
    let undelivered = drained.undelivered().iter();
    let undelivered = undelivered.map(Undelivered::to_string).collect();
    (drained.delivered(), undelivered)
}

/// A signal handler that drains with a timeout of zero, while `main` drains with a long one.
#[test]
fn overlapping_drains_agree_and_the_longest_deadline_wins() {
    in_child_processes(rounds(200), || {
        background::configure(Settings::new().with_concurrency(1)).unwrap();
        for _ in 0..3 {
            assert_eq!(Ordered.send().deferred(), 1);
        }
        STARTED.pass();
        let results = thread::scope(|threads| {
            let in_main = threads.spawn(|| background::drain(LONG));
            // The drain has begun when a send from outside is refused.
            while Ordered.send().is_ok() {
                thread::yield_now();
            }
            let handlers = [
                threads.spawn(|| background::drain(Duration::ZERO)),
                threads.spawn(|| pollster::block_on(background::drain_async(Duration::ZERO))),
            ];
            GATE.open();
            let [first, second] = handlers.map(|handler| handler.join().unwrap());
            [in_main.join().unwrap(), first, second]
        });
        let [in_main, first, second] = results;
        assert!(in_main.is_complete(), "{in_main}");
        assert!(in_main.delivered() >= 3);
        for handler in [first, second] {
            assert!(handler.is_complete(), "{handler}");
            // A drain that begins after the others have ended has nothing to wait for.
            assert!(summary(&handler) == summary(&in_main) || handler.delivered() == 0);
        }
    });
}

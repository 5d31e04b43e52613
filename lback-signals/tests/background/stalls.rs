//! Receivers that join a thread whose send waits for a slot in the full queue.

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use lback_signals::background::{self, Overflow, Refused, Settings};
use lback_signals::{AsyncSignal, FailureKind, Report, Res, Scope, Signal, receiver, signal};
use test_support::{in_child_process, rounds};

use crate::LONG;

/// Tells the receiver that the queue is full, and the test what the thread's send returned.
struct Round {
    is_full: Mutex<mpsc::Receiver<()>>,
    sent: mpsc::Sender<Report>,
}

#[signal(owned)]
struct Joined {
    awaits: bool,
}

#[receiver(signal = Joined, background)]
fn joins(event: &Joined, round: Res<'_, Round>) {
    round.is_full.lock().unwrap().recv().unwrap();
    let awaits = event.awaits;
    let thread = thread::spawn(move || {
        if awaits {
            pollster::block_on(Asked.send_async())
        } else {
            Told.send()
        }
    });
    round.sent.send(thread.join().unwrap()).unwrap();
}

#[signal(async, owned)]
struct Asked;

#[receiver(signal = Asked, background)]
fn answers(_: &Asked) {}

#[signal(owned)]
struct Told;

#[receiver(signal = Told, background)]
fn hears(_: &Told) {}

#[test]
fn a_stalled_sender_is_refused_and_the_queue_continues() {
    in_child_process(|| {
        let settings = Settings::new().with_concurrency(1).with_capacity(1);
        let settings = settings.with_overflow(Overflow::Wait);
        background::configure(settings.with_stall_timeout(Duration::from_millis(5))).unwrap();
        for round in 0..rounds(200) {
            let (fill, is_full) = mpsc::channel();
            let (sent, reports) = mpsc::channel();
            let is_full = Mutex::new(is_full);
            let scope = Scope::new().provide(Round { is_full, sent });
            let awaits = round % 2 == 0;
            assert_eq!(scope.run(|| Joined { awaits }.send()).deferred(), 1);
            assert_eq!(Told.send().deferred(), 1);
            fill.send(()).unwrap();
            assert!(background::flush(LONG), "the queue is still stalled");
            let report = reports.recv().unwrap();
            let [failure] = report.failures() else {
                panic!("{report:?}");
            };
            let is_stalled = matches!(
                failure.kind(),
                FailureKind::Refused(Refused::Stalled { .. })
            );
            assert!(is_stalled, "{failure}");
        }
        // The queue accepts jobs again after a stall.
        assert_eq!(Told.send().deferred(), 1);
        assert!(background::drain(LONG).is_complete());
    });
}

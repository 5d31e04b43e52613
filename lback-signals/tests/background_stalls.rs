//! Receivers that join a sending thread, while the queue is full and senders wait for a slot.

#![cfg(feature = "tokio")]

use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;

use lback_signals::background::{self, Overflow, Refused, Settings};
use lback_signals::{AsyncSignal, FailureKind, Report, Res, Scope, Signal, receiver, signal};
use test_support::rounds;

const LONG: Duration = Duration::from_mins(1);

/// Signals that the queue is full, and receives the result of the thread's send.
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
fn the_sender_is_refused_and_all_go_on() {
    let settings = Settings::new().concurrency(1).capacity(1);
    let settings = settings.overflow(Overflow::Wait);
    background::configure(settings.stall_timeout(Duration::from_millis(5))).unwrap();
    for round in 0..rounds(200) {
        let (fill, is_full) = mpsc::channel();
        let (sent, reports) = mpsc::channel();
        let is_full = Mutex::new(is_full);
        let scope = Scope::new().provide(Round { is_full, sent });
        let awaits = round % 2 == 0;
        assert_eq!(scope.run(|| Joined { awaits }.send()).deferred(), 1);
        assert_eq!(Told.send().deferred(), 1);
        fill.send(()).unwrap();
        assert!(background::flush(LONG), "all receivers wait");
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
    // A queue that was stalled works as before.
    assert_eq!(Told.send().deferred(), 1);
    assert!(background::drain(LONG).is_complete());
}

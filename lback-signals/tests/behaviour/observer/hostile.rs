//! Observers that panic, or send signals.

use std::sync::atomic::{AtomicUsize, Ordering};

use lback_signals::{
    Dispatch, Observer, ReceiverRun, Signal, on_failure, receiver, set_observer, signal,
};
use test_support::in_child_process;

use super::Recorder;

#[signal]
struct Knocked;

static KNOCKS: AtomicUsize = AtomicUsize::new(0);

#[receiver(signal = Knocked)]
fn opens(_: &Knocked) {
    KNOCKS.fetch_add(1, Ordering::Relaxed);
}

struct Panics;

impl Observer for Panics {
    fn on_dispatch(&self, _: &Dispatch<'_>) {
        panic!("on a dispatch");
    }

    fn on_run(&self, _: &ReceiverRun<'_>) {
        panic!("on a run");
    }
}

#[test]
fn an_observer_that_panics_harms_nothing() {
    in_child_process(|| {
        let recorder = Recorder::default();
        set_observer((Panics, (recorder.clone(), Panics))).unwrap();
        assert_eq!(Knocked.send().delivered(), 1);
        assert_eq!(Knocked.try_send().unwrap().delivered(), 1);
        let lines = recorder.take();
        assert_eq!(
            lines,
            [
                "1 knocked",
                "1 opens: succeeded",
                "2 knocked",
                "2 opens: succeeded"
            ]
        );
    });
}

/// Sends the signal that it observes.
struct Echoes(Recorder);

impl Observer for Echoes {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        self.0.on_dispatch(dispatch);
        Knocked.send();
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        self.0.on_run(run);
        Knocked.send();
    }
}

#[test]
fn signals_of_an_observer_are_received_and_not_observed() {
    in_child_process(|| {
        let recorder = Recorder::default();
        set_observer(Echoes(recorder.clone())).unwrap();
        assert_eq!(Knocked.send().delivered(), 1);
        assert_eq!(recorder.take(), ["1 knocked", "1 opens: succeeded"]);
        assert_eq!(KNOCKS.load(Ordering::Relaxed), 3);
        Knocked.send();
        assert_eq!(recorder.take().len(), 2, "it is observed again");
    });
}

#[signal]
struct Endless;

#[receiver(signal = Endless)]
fn never_ends(_: &Endless) {
    Endless.send();
}

/// Sends a signal that is sent without end.
struct StartsRecursion;

impl Observer for StartsRecursion {
    fn on_dispatch(&self, _: &Dispatch<'_>) {
        Endless.send();
    }
}

#[test]
fn a_recursion_that_an_observer_starts_does_not_stop_the_dispatch() {
    in_child_process(|| {
        static FAILURES: AtomicUsize = AtomicUsize::new(0);

        on_failure(|_| {
            FAILURES.fetch_add(1, Ordering::Relaxed);
        });
        set_observer(StartsRecursion).unwrap();
        let report = Knocked.send();
        assert_eq!((report.delivered(), report.failures().len()), (1, 0));
        assert_eq!(FAILURES.load(Ordering::Relaxed), 1);
    });
}

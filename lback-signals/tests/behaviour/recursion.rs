//! Endless recursion is stopped, and the thread can send again.

use std::cell::Cell;
use std::thread;

use lback_signals::{Failure, FailureKind, Report, Signal, receiver, signal};

fn chain_of(failure: &Failure) -> Vec<&'static str> {
    match failure.kind() {
        FailureKind::Recursion(recursion) => recursion
            .chain()
            .iter()
            .map(|receiver| receiver.name())
            .collect(),
        other => panic!("{other:?}"),
    }
}

fn only_failure(report: &Report) -> &Failure {
    let [failure] = report.failures() else {
        panic!("{report:?}");
    };
    failure
}

#[signal]
struct Echo<'a> {
    calls: &'a Cell<u64>,
}

#[receiver(signal = Echo)]
fn echoes(event: &Echo<'_>) {
    event.calls.set(event.calls.get() + 1);
    Echo { calls: event.calls }.send();
}

#[receiver(signal = Echo)]
fn never_reached(_: &Echo<'_>) {
    unreachable!("the whole dispatch stops");
}

#[test]
fn a_receiver_that_sends_its_own_signal_is_stopped_at_64_levels() {
    let calls = Cell::new(0);
    for round in 1..=3 {
        let report = Echo { calls: &calls }.send();
        assert_eq!(
            calls.get(),
            64 * round,
            "the limit applies to each send separately"
        );
        assert_eq!(report.delivered(), 0);
        let failure = only_failure(&report);
        assert_eq!(failure.receiver().name(), "echoes");
        assert_eq!(chain_of(failure), ["echoes"; 65]);
        assert_eq!(
            failure.to_string(),
            "receiver `behaviour::recursion::echoes` of `echo` was stopped: signals were sent 64 deep: \
             echo (behaviour::recursion::echoes) → echo (behaviour::recursion::echoes) → …",
        );
    }
}

#[signal]
struct Ping<'a> {
    calls: &'a Cell<u64>,
}

#[signal]
struct Pong<'a> {
    calls: &'a Cell<u64>,
}

#[receiver(signal = Ping)]
fn pings_back(event: &Ping<'_>) {
    event.calls.set(event.calls.get() + 1);
    Pong { calls: event.calls }.send();
    Pong { calls: event.calls }.send();
}

#[receiver(signal = Ping)]
fn pings_back_too(event: &Ping<'_>) {
    pings_back(event);
}

#[receiver(signal = Pong)]
fn pongs_back(event: &Pong<'_>) {
    event.calls.set(event.calls.get() + 1);
    // The chain is reported, even if a receiver turns the refusal into another error.
    if (Ping { calls: event.calls }).send().is_ok() {
        unreachable!("the nested send always fails");
    }
    panic!("the nested send failed");
}

#[test]
fn a_branching_recursion_is_stopped_with_its_first_chain() {
    let calls = Cell::new(0);
    let report = Ping { calls: &calls }.send();
    // Without a limit, these would be 2^64 dispatches.
    assert_eq!(calls.get(), 64);
    let failure = only_failure(&report);
    assert_eq!(
        chain_of(failure)[..3],
        ["pings_back", "pongs_back", "pings_back"]
    );
    assert!(failure.to_string().ends_with(
        "ping (behaviour::recursion::pings_back) → pong (behaviour::recursion::pongs_back) → \
         ping (behaviour::recursion::pings_back) → …"
    ));
}

#[test]
fn try_send_returns_the_chain() {
    let calls = Cell::new(0);
    let failure = Ping { calls: &calls }.try_send().unwrap_err();
    assert_eq!(chain_of(&failure).len(), 65);
}

#[signal]
struct Deep<'a> {
    levels_left: u32,
    calls: &'a Cell<u64>,
}

#[receiver(signal = Deep)]
fn goes_deeper(event: &Deep<'_>) {
    event.calls.set(event.calls.get() + 1);
    let Some(levels_left) = event.levels_left.checked_sub(1) else {
        return;
    };
    let report = Deep {
        levels_left,
        calls: event.calls,
    }
    .send();
    // Inner reports have the same failure, each from its level inwards.
    if let [failure] = report.failures() {
        let chain = chain_of(failure).len();
        assert!((1..=64).contains(&chain), "{chain}");
    }
}

#[test]
fn sixty_four_levels_are_allowed_and_the_next_is_not() {
    let calls = Cell::new(0);
    let deep = |levels_left| {
        calls.set(0);
        Deep {
            levels_left,
            calls: &calls,
        }
        .send()
    };
    assert!(deep(63).is_ok());
    assert_eq!(calls.get(), 64);
    assert!(!deep(64).is_ok());
    assert_eq!(calls.get(), 64);
}

#[test]
fn recursion_is_counted_per_thread() {
    let calls = Cell::new(0);
    assert!(!Echo { calls: &calls }.send().is_ok());
    let on_other_thread = thread::spawn(|| {
        let calls = Cell::new(0);
        Deep {
            levels_left: 63,
            calls: &calls,
        }
        .send()
        .is_ok()
    });
    assert!(on_other_thread.join().unwrap());
}

thread_local! {
    static SENDS_WHEN_DROPPED: SendsWhenDropped = const { SendsWhenDropped };
}

struct SendsWhenDropped;

impl Drop for SendsWhenDropped {
    fn drop(&mut self) {
        let calls = Cell::new(0);
        let report = Echo { calls: &calls }.send();
        assert!(matches!(
            only_failure(&report).kind(),
            FailureKind::Recursion(_)
        ));
    }
}

#[test]
fn a_thread_local_destructor_may_send() {
    // The order in which thread-locals are destroyed is unspecified.
    let ended = thread::spawn(|| {
        SENDS_WHEN_DROPPED.with(|_| {
            Echo {
                calls: &Cell::new(0),
            }
            .send()
            .is_ok()
        })
    });
    assert!(!ended.join().unwrap());
}

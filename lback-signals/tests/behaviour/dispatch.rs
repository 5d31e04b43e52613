//! Dispatch to receivers that succeed, skip, fail, panic and send.

use std::cell::RefCell;
use std::error::Error;
use std::fmt;
use std::panic::panic_any;
use std::sync::Barrier;
use std::thread;

use lback_signals::{
    Context, Failure, FailureKind, FromSignal, Rejection, Signal, receiver, signal,
};

/// The action of a scripted receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Act {
    Succeed,
    Skip,
    Reject,
    Fail,
    Panic,
    /// Sends the same script again, once.
    Send,
}

/// Holds the action of each of its receivers.
#[signal]
struct Script<'a> {
    acts: &'a [Act; 4],
    called: &'a RefCell<Vec<usize>>,
    is_inner: bool,
}

/// Skips or rejects before the receiver is called, as the script requires.
struct Gate<const RECEIVER: usize>;

impl<const RECEIVER: usize> FromSignal<'_, Script<'_>> for Gate<RECEIVER> {
    fn from_signal(script: &Script<'_>, _: &Context) -> Result<Self, Rejection> {
        match script.acts[RECEIVER] {
            Act::Skip => Err(Rejection::skip()),
            Act::Reject => Err(Rejection::fail("rejected")),
            _ => Ok(Self),
        }
    }
}

fn act(receiver: usize, script: &Script<'_>) -> Result<(), String> {
    script.called.borrow_mut().push(receiver);
    match script.acts[receiver] {
        Act::Succeed | Act::Skip | Act::Reject => {}
        Act::Fail => return Err("failed".to_owned()),
        Act::Panic => panic!("panicked"),
        Act::Send => {
            if !script.is_inner {
                let called = RefCell::default();
                let report = Script {
                    acts: script.acts,
                    called: &called,
                    is_inner: true,
                }
                .send();
                assert_eq!(outcome(&report), model(*script.acts, false).outcome);
            }
        }
    }
    Ok(())
}

#[receiver(signal = Script)]
fn receiver_0(_: Gate<0>, script: &Script<'_>) -> Result<(), String> {
    act(0, script)
}

#[receiver(signal = Script)]
fn receiver_1(script: &Script<'_>, _: Gate<1>) -> Result<(), String> {
    act(1, script)
}

#[receiver(signal = Script)]
fn receiver_2(_: Gate<2>, script: &Script<'_>) -> Result<(), String> {
    act(2, script)
}

#[receiver(signal = Script)]
fn receiver_3(_: Gate<3>, script: &Script<'_>) -> Result<(), String> {
    act(3, script)
}

/// The numbers of delivered and skipped receivers, and the text of each failure.
type Outcome = (usize, usize, Vec<String>);

fn outcome(report: &lback_signals::Report) -> Outcome {
    let failures = report.failures().iter().map(Failure::to_string).collect();
    (report.delivered(), report.skipped(), failures)
}

#[derive(Debug, PartialEq)]
struct Expected {
    outcome: Outcome,
    called: Vec<usize>,
}

/// A second, simple implementation of the rules of dispatch.
fn model(acts: [Act; 4], strict: bool) -> Expected {
    let mut expected = Expected {
        outcome: (0, 0, Vec::new()),
        called: Vec::new(),
    };
    for (receiver, act) in acts.into_iter().enumerate() {
        if !matches!(act, Act::Skip | Act::Reject) {
            expected.called.push(receiver);
        }
        let failure = match act {
            Act::Succeed | Act::Send => {
                expected.outcome.0 += 1;
                continue;
            }
            Act::Skip => {
                expected.outcome.1 += 1;
                continue;
            }
            Act::Reject => "failed: rejected",
            Act::Fail => "failed: failed",
            Act::Panic => "panicked: panicked",
        };
        let failure =
            format!("receiver `behaviour::dispatch::receiver_{receiver}` of `script` {failure}");
        expected.outcome.2.push(failure);
        if strict {
            break;
        }
    }
    expected
}

/// Returns all scripts.
fn scripts() -> impl Iterator<Item = [Act; 4]> {
    const ACTS: [Act; 6] = [
        Act::Succeed,
        Act::Skip,
        Act::Reject,
        Act::Fail,
        Act::Panic,
        Act::Send,
    ];
    (0..ACTS.len().pow(4))
        .map(|script| [1, 6, 36, 216].map(|factor| ACTS[script / factor % ACTS.len()]))
}

#[test]
fn send_matches_the_model() {
    for acts in scripts() {
        let called = RefCell::default();
        let script = Script {
            acts: &acts,
            called: &called,
            is_inner: false,
        };
        let report = script.send();
        let expected = model(acts, false);
        let is_ok = expected.outcome.2.is_empty();
        assert_eq!(outcome(&report), expected.outcome, "{acts:?}");
        assert_eq!(called.into_inner(), expected.called, "{acts:?}");
        assert_eq!(report.is_ok(), is_ok, "{acts:?}");
        assert_eq!(report.into_result().is_ok(), is_ok, "{acts:?}");
    }
}

#[test]
fn try_send_matches_the_model() {
    for acts in scripts() {
        let called = RefCell::default();
        let script = Script {
            acts: &acts,
            called: &called,
            is_inner: false,
        };
        let expected = model(acts, true);
        match script.try_send() {
            Ok(report) => assert_eq!(outcome(&report), expected.outcome, "{acts:?}"),
            Err(failure) => assert_eq!([failure.to_string()], *expected.outcome.2, "{acts:?}"),
        }
        assert_eq!(called.into_inner(), expected.called, "{acts:?}");
    }
}

#[signal]
struct Unheard;

#[test]
fn a_signal_without_receivers_has_an_empty_report() {
    let report = Unheard.send();
    assert_eq!((report.delivered(), report.skipped()), (0, 0));
    assert!(report.is_ok());
    assert!(Unheard.try_send().is_ok());
    let report = Unheard::send_with(|| unreachable!("there is no receiver"));
    assert_eq!(report.delivered(), 0);
}

#[test]
fn send_with_builds_the_payload_for_receivers() {
    let called = RefCell::default();
    let report = Script::send_with(|| Script {
        acts: &[Act::Succeed; 4],
        called: &called,
        is_inner: false,
    });
    assert_eq!(report.delivered(), 4);
    assert_eq!(called.into_inner(), [0, 1, 2, 3]);
}

/// A user value whose `Drop` and `Display` panic.
#[derive(Debug)]
struct Hostile;

impl Drop for Hostile {
    fn drop(&mut self) {
        if !thread::panicking() {
            panic_any(Self);
        }
    }
}

impl fmt::Display for Hostile {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic_any("Display")
    }
}

impl Error for Hostile {}

#[signal]
struct Provoked;

#[receiver(signal = Provoked)]
fn a_fails_with_hostile_error(_: &Provoked) -> Result<(), Hostile> {
    Err(Hostile)
}

#[receiver(signal = Provoked)]
fn b_panics_with_hostile_payload(_: &Provoked) {
    panic_any(Hostile);
}

#[receiver(signal = Provoked)]
fn c_succeeds(_: &Provoked) {}

#[test]
fn errors_and_panic_payloads_that_panic_do_not_unwind_into_the_sender() {
    let report = Provoked.send();
    assert_eq!(report.delivered(), 1);
    let texts: Vec<_> = report.failures().iter().map(Failure::to_string).collect();
    assert_eq!(
        texts,
        [
            "receiver `behaviour::dispatch::a_fails_with_hostile_error` of `provoked` failed: \
             (its error panicked when displayed)",
            "receiver `behaviour::dispatch::b_panics_with_hostile_payload` of `provoked` panicked: \
             a payload that is not text",
        ],
    );
    drop(report.into_result());
    drop(Provoked.try_send());
}

#[test]
fn a_dispatch_error_has_all_failures_with_their_types() {
    let called = RefCell::default();
    let acts = [Act::Fail, Act::Succeed, Act::Succeed, Act::Panic];
    let error = Script {
        acts: &acts,
        called: &called,
        is_inner: false,
    }
    .send()
    .into_result()
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "receiver `behaviour::dispatch::receiver_0` of `script` failed: failed; \
         receiver `behaviour::dispatch::receiver_3` of `script` panicked: panicked",
    );
    let FailureKind::Error(first) = error.failures()[0].kind() else {
        panic!("{error:?}");
    };
    assert_eq!(first.to_string(), "failed");
}

#[derive(Debug)]
struct Outer(std::num::ParseIntError);

impl fmt::Display for Outer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("outer")
    }
}

impl Error for Outer {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[signal]
struct Parsed;

#[receiver(signal = Parsed)]
fn parses(_: &Parsed) -> Result<(), Outer> {
    "x".parse::<u8>().map(drop).map_err(Outer)
}

#[test]
fn an_error_and_its_sources_are_displayed_once_each() {
    let failure = Parsed.try_send().unwrap_err();
    assert!(failure.to_string().ends_with("failed: outer"));
    assert!(format!("{failure:#}").ends_with("failed: outer: invalid digit found in string"));
    let source = failure.source().expect("the source of the error");
    assert_eq!(source.to_string(), "invalid digit found in string");
}

#[signal]
struct Unprintable;

struct BrokenDisplay;

impl fmt::Display for BrokenDisplay {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        Err(fmt::Error)
    }
}

impl fmt::Debug for BrokenDisplay {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic_any("Debug")
    }
}

impl Error for BrokenDisplay {}

#[receiver(signal = Unprintable)]
fn fails_with_it(_: &Unprintable) -> Result<(), BrokenDisplay> {
    Err(BrokenDisplay)
}

#[test]
fn a_report_can_be_formatted_although_its_error_cannot() {
    let report = Unprintable.send();
    assert!(format!("{report:?}").contains("panicked when displayed"));
    assert!(
        report.failures()[0]
            .to_string()
            .ends_with("panicked when displayed)")
    );
}

/// Sends the signal again, endlessly, when it is dropped.
struct Relapse;

impl Drop for Relapse {
    fn drop(&mut self) {
        Relapsed.send();
    }
}

#[signal]
struct Relapsed;

#[receiver(signal = Relapsed)]
fn relapses(_: &Relapsed) {
    panic_any(Relapse);
}

#[test]
fn try_send_returns_the_first_failure() {
    let failure = Relapsed.try_send().unwrap_err();
    assert!(matches!(failure.kind(), FailureKind::Panic(_)), "{failure}");
}

#[signal]
struct Raced<'a> {
    barrier: &'a Barrier,
}

#[receiver(signal = Raced)]
fn waits_for_the_others(event: &Raced<'_>) {
    event.barrier.wait();
}

#[test]
fn threads_send_concurrently_from_the_first_dispatch_on() {
    let barrier = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            // Returns only if all eight threads are in the receiver together, so no lock is held.
            scope.spawn(|| assert_eq!(Raced { barrier: &barrier }.send().delivered(), 1));
        }
    });
}

#[test]
fn a_report_and_its_failures_are_send_and_sync() {
    fn check<T: Send + Sync + 'static>() {}
    check::<lback_signals::Report>();
    check::<lback_signals::DispatchError>();
    check::<FailureKind>();
    check::<&'static lback_signals::SignalInfo>();
}

//! Failures of async receivers, and their effect on the other receivers.

use std::sync::Arc;

use lback_signals::{AsyncSignal, FailureKind, Report, Res, Scope, receiver, signal};

use super::{Log, yield_now};

#[signal(async)]
struct Trying<'a> {
    failing: &'a [&'a str],
}

type Answer = Result<(), String>;

fn answer(event: &Trying<'_>, name: &str, log: &Log) -> Answer {
    log.write(name);
    if event.failing.contains(&"panic") {
        std::panic::panic_any(name.to_owned());
    }
    if event.failing.contains(&name) {
        Err(format!("{name} objects"))
    } else {
        Ok(())
    }
}

/// Fails last.
#[receiver(signal = Trying)]
async fn a(event: &Trying<'_>, log: Res<'_, Log>) -> Answer {
    for _ in 0..3 {
        yield_now().await;
    }
    answer(event, "a", log.get())
}

#[receiver(signal = Trying)]
async fn b(event: &Trying<'_>, log: Res<'_, Log>) -> Answer {
    yield_now().await;
    answer(event, "b", log.get())
}

/// Fails at once.
#[receiver(signal = Trying)]
async fn c(event: &Trying<'_>, log: Res<'_, Log>) -> Answer {
    answer(event, "c", log.get())
}

#[receiver(signal = Trying)]
fn d(event: &Trying<'_>, log: Res<'_, Log>) -> Answer {
    answer(event, "d", log.get())
}

fn in_scope<T>(test: impl AsyncFnOnce() -> T) -> (T, Vec<String>) {
    let log = Arc::new(Log::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&log));
    let value = pollster::block_on(scope.run_async(test()));
    (value, log.take())
}

fn texts(report: &Report) -> Vec<String> {
    let failures = report.failures().iter();
    failures.map(|failure| failure.kind().to_string()).collect()
}

#[test]
fn failures_are_in_receiver_order_and_not_in_order_of_completion() {
    let failing = &["a", "b", "c", "d"];
    let (report, called) = in_scope(async || Trying { failing }.send_async().await);
    assert_eq!(called, ["d", "c", "b", "a"]);
    assert_eq!(
        texts(&report),
        [
            "failed: d objects",
            "failed: a objects",
            "failed: b objects",
            "failed: c objects"
        ]
    );
    assert_eq!(report.delivered(), 0);
}

#[test]
fn a_panic_in_one_receiver_does_not_stop_the_others() {
    let (report, called) = in_scope(async || {
        Trying {
            failing: &["panic"],
        }
        .send_async()
        .await
    });
    assert_eq!(called, ["d", "c", "b", "a"]);
    assert_eq!(
        texts(&report),
        ["panicked: d", "panicked: a", "panicked: b", "panicked: c"]
    );
}

#[test]
fn a_veto_of_a_sync_receiver_starts_no_async_receiver() {
    let failing = &["d", "c"];
    let (vetoed, called) = in_scope(async || Trying { failing }.try_send_async().await);
    assert_eq!(called, ["d"]);
    assert_eq!(vetoed.unwrap_err().receiver().name(), "d");
}

#[test]
fn the_first_veto_in_receiver_order_is_returned_after_all_async_receivers_ran() {
    let (vetoed, called) = in_scope(async || {
        Trying {
            failing: &["b", "c"],
        }
        .try_send_async()
        .await
    });
    assert_eq!(called, ["d", "c", "b", "a"]);
    assert_eq!(vetoed.unwrap_err().kind().to_string(), "failed: b objects");

    let (sent, _) = in_scope(async || Trying { failing: &[] }.try_send_async().await);
    assert_eq!(sent.unwrap().delivered(), 4);
}

#[test]
fn a_missing_resource_or_a_mute_affects_only_its_receiver() {
    let report = pollster::block_on(Trying { failing: &[] }.send_async());
    assert_eq!(report.failures().len(), 4);
    let is_missing = |kind: &FailureKind| matches!(kind, FailureKind::MissingResource(_));
    assert!(
        report
            .failures()
            .iter()
            .all(|failure| is_missing(failure.kind()))
    );

    let log = Arc::new(Log::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&log)).mute(a).mute(d);
    let report =
        pollster::block_on(scope.run_async(async { Trying { failing: &[] }.send_async().await }));
    assert_eq!((report.delivered(), report.skipped()), (2, 2));
    assert_eq!(log.take(), ["c", "b"]);
}

#[signal(async)]
struct Dropping;

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            std::panic::panic_any(PanicsWhenDropped);
        }
    }
}

#[receiver(signal = Dropping)]
async fn panics_when_dropped(_: &Dropping) {
    let _guard = PanicsWhenDropped;
    std::future::pending::<()>().await;
}

#[receiver(signal = Dropping)]
async fn panics_with_a_payload_that_panics(_: &Dropping) {
    std::panic::panic_any(PanicsWhenDropped);
}

#[test]
fn a_panic_in_a_drop_does_not_unwind_into_the_sender() {
    let mut sending = Box::pin(Dropping.send_async());
    assert!(super::poll_once(sending.as_mut()).is_pending());
    drop(sending);
}

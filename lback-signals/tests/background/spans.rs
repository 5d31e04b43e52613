//! Spans of dispatches, receivers and background receivers, which follow from the span of the sender.

use lback_signals::{AsyncSignal, Signal, background, receiver, signal};
use test_support::in_child_process;
use tracing::Level;

use crate::LONG;
use crate::collector::Collector;

/// Returns the sorted lines that a subscriber with this level collects while `call` runs.
///
/// `tracing` caches for the whole process which spans are enabled.
fn collected(level: Level, call: impl FnOnce()) -> Vec<String> {
    let (collector, collected) = Collector::new(level);
    tracing::subscriber::with_default(collector, call);
    assert!(background::flush(LONG));
    let mut lines: Vec<_> = collected.try_iter().collect();
    lines.sort();
    lines
}

#[signal(owned)]
struct Called;

#[receiver(signal = Called)]
fn now(_: &Called) {
    tracing::info!("now");
}

#[receiver(signal = Called, background)]
fn later(_: &Called) {
    tracing::info!("later");
}

#[signal(async, owned)]
struct Awaited;

#[receiver(signal = Awaited)]
async fn concurrently(_: &Awaited) {
    tokio::task::yield_now().await;
    tracing::info!("concurrently");
}

#[receiver(signal = Awaited, background)]
async fn later_still(_: &Awaited) {
    tokio::task::yield_now().await;
    tracing::info!("later");
}

fn send() {
    let request = tracing::info_span!("request");
    let _entered = request.enter();
    Called.send();
    pollster::block_on(Awaited.send_async());
}

#[test]
fn background_spans_follow_from_the_span_of_the_sender() {
    in_child_process(|| {
        assert_eq!(
            collected(Level::INFO, send),
            [
                "background follows request",
                "background follows request",
                "background: later",
                "background: later",
                "request: concurrently",
                "request: now",
            ]
        );
    });
}

#[test]
fn dispatches_have_debug_spans_and_receivers_have_trace_spans() {
    in_child_process(|| {
        assert_eq!(
            collected(Level::TRACE, send),
            [
                "background > receiver: later",
                "background > receiver: later",
                "background follows request",
                "background follows request",
                "request > dispatch > receiver: concurrently",
                "request > dispatch > receiver: now",
            ]
        );
        assert_eq!(
            collected(Level::DEBUG, send),
            [
                "background follows request",
                "background follows request",
                "background: later",
                "background: later",
                "request > dispatch: concurrently",
                "request > dispatch: now",
            ]
        );
    });
}

#[test]
fn without_a_current_span_no_span_follows() {
    in_child_process(|| {
        let lines = collected(Level::INFO, || drop(Called.send()));
        assert_eq!(lines, ["now"]);
    });
}

//! Spans: of dispatches, of receivers, and of those in the background, which follow from the sender's.

#![cfg(all(feature = "tokio", feature = "tracing"))]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::{AsyncSignal, Signal, background, receiver, signal};
use tracing::span::Id;
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};
use tracing_subscriber::registry::{LookupSpan, Scope};

const LONG: Duration = Duration::from_mins(1);

/// Notes what follows from what, and in which spans events happen, outermost first.
#[derive(Clone, Default)]
struct Collector(Arc<Mutex<Seen>>);

#[derive(Default)]
struct Seen {
    follows: Vec<[&'static str; 2]>,
    events: Vec<Vec<&'static str>>,
}

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Collector {
    fn on_follows_from(&self, span: &Id, follows: &Id, context: Context<'_, S>) {
        let name = |id| context.span(id).expect("a span of this collector").name();
        self.0
            .lock()
            .unwrap()
            .follows
            .push([name(span), name(follows)]);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let spans = context.event_scope(event).into_iter();
        let spans = spans.flat_map(Scope::from_root);
        self.0
            .lock()
            .unwrap()
            .events
            .push(spans.map(|span| span.name()).collect());
    }
}

/// What is seen up to this level of what `call` does.
fn seen(level: Level, call: impl FnOnce()) -> Seen {
    let collector = Collector::default();
    let layer = collector
        .clone()
        .with_filter(LevelFilter::from_level(level));
    tracing::subscriber::with_default(tracing_subscriber::registry().with(layer), call);
    assert!(background::flush(LONG));
    std::mem::take(&mut *collector.0.lock().unwrap())
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

/// One after the other, since which spans are on is known once for the whole process.
#[test]
fn spans() {
    what_runs_in_the_background_follows_from_where_the_signal_was_sent();
    dispatches_and_receivers_have_spans_for_those_who_want_them();
    where_no_span_is_current_nothing_follows();
}

fn what_runs_in_the_background_follows_from_where_the_signal_was_sent() {
    let seen = seen(Level::INFO, send);
    assert_eq!(seen.follows, [["background", "request"]; 2]);
    let mut events = seen.events;
    events.sort();
    assert_eq!(
        events,
        [["background"], ["background"], ["request"], ["request"]]
    );
}

fn dispatches_and_receivers_have_spans_for_those_who_want_them() {
    let mut events = seen(Level::TRACE, send).events;
    events.sort();
    assert_eq!(
        events,
        [
            vec!["background", "receiver"],
            vec!["background", "receiver"],
            vec!["request", "dispatch", "receiver"],
            vec!["request", "dispatch", "receiver"],
        ]
    );
    let mut events = seen(Level::DEBUG, send).events;
    events.sort();
    assert_eq!(events[2..], [["request", "dispatch"]; 2]);
}

fn where_no_span_is_current_nothing_follows() {
    let seen = seen(Level::INFO, || {
        Called.send();
    });
    assert!(seen.follows.is_empty());
    assert_eq!(seen.events, [[""; 0]]);
}

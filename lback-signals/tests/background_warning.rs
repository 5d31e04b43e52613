//! A receiver that takes long is warned of, once.

#![cfg(all(feature = "tokio", feature = "tracing"))]

#[path = "support/gate.rs"]
mod gate;

use std::fmt::Write;
use std::sync::mpsc;
use std::time::Duration;

use gate::Gate;
use lback_signals::background::{self, Settings};
use lback_signals::{Signal, receiver, signal};
use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer, SubscriberExt};

static GATE: Gate = Gate::closed();

#[signal(owned)]
struct Asked;

#[receiver(signal = Asked, background)]
fn takes_long(_: &Asked) {
    GATE.pass();
}

struct Warnings(mpsc::Sender<String>);

#[derive(Default)]
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        if ["message", "receiver"].contains(&field.name()) {
            let _ = write!(self.0, "{value:?};");
        }
    }
}

impl<S: Subscriber> Layer<S> for Warnings {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == Level::WARN {
            let mut text = Text::default();
            event.record(&mut text);
            let _ = self.0.send(text.0);
        }
    }
}

#[test]
fn it_is_warned_of_once() {
    let (warn, warnings) = mpsc::channel();
    let subscriber = tracing_subscriber::registry().with(Warnings(warn));
    tracing::subscriber::set_global_default(subscriber).unwrap();
    background::configure(Settings::new().warn_after(Duration::from_millis(1))).unwrap();
    assert_eq!(Asked.send().deferred(), 1);

    let warning = warnings
        .recv_timeout(Duration::from_mins(1))
        .expect("a warning");
    assert_eq!(
        warning,
        "a receiver in the background has been running for 1ms;\"background_warning::takes_long\";"
    );
    GATE.open();
    assert!(background::drain(Duration::from_mins(1)).is_complete());
    assert!(warnings.try_recv().is_err());
}

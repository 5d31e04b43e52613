//! Runs tests that check what is logged.

use std::fmt::{Debug, Write};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use test_support::in_child_process;
use tokio::runtime;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The lines of a test.
pub(crate) struct Collected {
    lines: Arc<Mutex<Vec<String>>>,
}

impl Collected {
    pub(crate) fn take(&self) -> Vec<String> {
        mem::take(&mut *self.lines.lock().unwrap())
    }
}

/// Runs a test, with the clock of its runtime paused, and collects what its thread logs up to a level: events as
/// `WARN text field=1`, new spans as `name field=1`, and fields that are recorded later as `recorded field=1`.
///
/// The test runs in a child process. `tracing` asks only the first thread that reaches a span or an event whether it is
/// enabled, and caches the answer for the process. A concurrent test without a subscriber could disable it.
pub(crate) fn collecting(level: Level, test: impl AsyncFnOnce(&Collected)) {
    collecting_on(level, true, test);
}

/// As [`collecting`], with a clock that is not paused.
pub(crate) fn collecting_in_real_time(level: Level, test: impl AsyncFnOnce(&Collected)) {
    collecting_on(level, false, test);
}

fn collecting_on(level: Level, is_paused: bool, test: impl AsyncFnOnce(&Collected)) {
    in_child_process(|| {
        let lines = Arc::default();
        let collector = Collector {
            level,
            spans: AtomicU64::new(1),
            lines: Arc::clone(&lines),
        };
        let mut runtime = runtime::Builder::new_current_thread();
        let runtime = runtime.enable_all().start_paused(is_paused).build();
        tracing::subscriber::with_default(collector, || {
            runtime.unwrap().block_on(test(&Collected { lines }));
        });
    });
}

struct Collector {
    level: Level,
    spans: AtomicU64,
    lines: Arc<Mutex<Vec<String>>>,
}

#[derive(Default)]
struct Text {
    message: String,
    fields: String,
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        if field.name() == "message" {
            self.message = format!("{value:?}");
        } else {
            write!(self.fields, " {field}={value:?}").unwrap();
        }
    }
}

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= self.level
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut text = Text::default();
        span.record(&mut text);
        let line = format!("{}{}", span.metadata().name(), text.fields);
        self.lines.lock().unwrap().push(line);
        Id::from_u64(self.spans.fetch_add(1, Ordering::Relaxed))
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        let mut text = Text::default();
        values.record(&mut text);
        self.lines
            .lock()
            .unwrap()
            .push(format!("recorded{}", text.fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let level = event.metadata().level();
        let line = format!("{level} {}{}", text.message, text.fields);
        self.lines.lock().unwrap().push(line);
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

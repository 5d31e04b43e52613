//! A `tracing` subscriber that keeps what a test logs.

use std::fmt::{Debug, Write};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use tracing::dispatcher::DefaultGuard;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// The lines of this thread since the collection began, and until it is dropped.
pub(crate) struct Collected {
    lines: Arc<Mutex<Vec<String>>>,
    _default: DefaultGuard,
}

impl Collected {
    pub(crate) fn take(&self) -> Vec<String> {
        mem::take(&mut *self.lines.lock().unwrap())
    }
}

/// Collects warnings and errors.
pub(crate) fn warnings() -> Collected {
    collect(Level::WARN)
}

/// Collects events up to a level, as `WARN text field=1`, new spans, as `name field=1`, and fields that are recorded
/// later, as `recorded field=1`.
pub(crate) fn collect(level: Level) -> Collected {
    let lines = Arc::default();
    let collector = Collector {
        level,
        spans: AtomicU64::new(1),
        lines: Arc::clone(&lines),
    };
    Collected {
        lines,
        _default: tracing::subscriber::set_default(collector),
    }
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

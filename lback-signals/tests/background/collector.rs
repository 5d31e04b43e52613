//! A `tracing` subscriber that sends its events to a test.

use std::collections::HashMap;
use std::fmt::{Debug, Write};
use std::sync::{Mutex, mpsc};
use std::thread::{self, ThreadId};

use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};
use tracing_core::span::Current;

/// Sends a line for each event up to a level, with its enclosing spans, outermost first:
/// `request > dispatch: text field=1`; and a line for each span that follows from another.
pub(crate) struct Collector {
    level: Level,
    spans: Mutex<Spans>,
    lines: mpsc::Sender<String>,
}

#[derive(Default)]
struct Spans {
    /// The spans, each with its parent. The id of a span is its position, counted from one.
    created: Vec<(&'static Metadata<'static>, Option<Id>)>,
    /// The entered spans, innermost last.
    entered: HashMap<ThreadId, Vec<Id>>,
}

impl Collector {
    pub(crate) fn new(level: Level) -> (Self, mpsc::Receiver<String>) {
        let (lines, collected) = mpsc::channel();
        let collector = Self {
            level,
            spans: Mutex::default(),
            lines,
        };
        (collector, collected)
    }
}

impl Spans {
    fn get(&self, id: &Id) -> &(&'static Metadata<'static>, Option<Id>) {
        let index = usize::try_from(id.into_u64() - 1).unwrap();
        &self.created[index]
    }

    fn name(&self, id: &Id) -> &'static str {
        self.get(id).0.name()
    }

    fn current(&self) -> Option<&Id> {
        self.entered.get(&thread::current().id())?.last()
    }
}

/// Formats the text of an event, followed by its fields.
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

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::from_level(self.level))
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        let mut spans = self.spans.lock().unwrap();
        let parent = if span.is_contextual() {
            spans.current()
        } else {
            span.parent()
        };
        let parent = parent.cloned();
        spans.created.push((span.metadata(), parent));
        Id::from_u64(spans.created.len().try_into().unwrap())
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, span: &Id, follows: &Id) {
        let spans = self.spans.lock().unwrap();
        let line = format!("{} follows {}", spans.name(span), spans.name(follows));
        let _ = self.lines.send(line);
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text::default();
        event.record(&mut text);
        let spans = self.spans.lock().unwrap();
        let mut line = text.message + &text.fields;
        let mut separator = ": ";
        let mut parent = if event.is_contextual() {
            spans.current()
        } else {
            event.parent()
        };
        while let Some(id) = parent {
            line = [spans.name(id), separator, &line].concat();
            separator = " > ";
            parent = spans.get(id).1.as_ref();
        }
        let _ = self.lines.send(line);
    }

    fn enter(&self, span: &Id) {
        let mut spans = self.spans.lock().unwrap();
        let entered = spans.entered.entry(thread::current().id()).or_default();
        entered.push(span.clone());
    }

    fn exit(&self, span: &Id) {
        let mut spans = self.spans.lock().unwrap();
        let entered = spans.entered.entry(thread::current().id()).or_default();
        let innermost = entered.iter().rposition(|id| id == span);
        entered.remove(innermost.expect("a span that was entered on this thread"));
    }

    fn current_span(&self) -> Current {
        let spans = self.spans.lock().unwrap();
        spans.current().map_or_else(Current::none, |id| {
            Current::new(id.clone(), spans.get(id).0)
        })
    }
}

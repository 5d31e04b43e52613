//! Capture of the log of a call, at all levels.

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Dispatch, Event, Metadata, Subscriber};

/// Runs a call, and returns its log on this thread.
pub(super) fn logged<T>(call: impl FnOnce() -> T) -> (T, String) {
    let log = Log::default();
    let written = Arc::clone(&log.written);
    // With a single subscriber, `tracing` asks only the first thread that reaches an event or a span whether it is
    // enabled, and caches the answer for the process. That thread may have no subscriber. With a second subscriber,
    // `tracing` asks all of them.
    let _second = Dispatch::new(Log::default());
    let returned = tracing::subscriber::with_default(log, call);
    let written = std::mem::take(&mut *written.lock().unwrap_or_else(PoisonError::into_inner));
    (returned, written)
}

/// Subscriber that records all events and spans.
#[derive(Default)]
struct Log {
    written: Arc<Mutex<String>>,
}

impl Log {
    fn write(&self, metadata: Option<&Metadata<'_>>, visit: impl FnOnce(&mut dyn Visit)) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(metadata) = metadata {
            let _ = writeln!(written, "{} {}", metadata.level(), metadata.name());
        }
        visit(&mut Fields(&mut written));
    }
}

impl Subscriber for Log {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        self.write(Some(span.metadata()), |fields| span.record(fields));
        // One id is enough, since spans are only logged.
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        self.write(None, |fields| values.record(fields));
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        self.write(Some(event.metadata()), |fields| event.record(fields));
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Fields<'w>(&'w mut String);

impl Visit for Fields<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let _ = writeln!(self.0, "  {field}={value:?}");
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn events_and_spans_of_all_levels_are_recorded() {
        let ((), log) = logged(|| {
            let span = tracing::trace_span!("inside", text = "of the span");
            let _entered = span.enter();
            tracing::trace!(number = 7, "of the event");
        });
        for expected in ["TRACE inside", "of the span", "number=7", "of the event"] {
            assert!(log.contains(expected), "{expected:?} is not in {log:?}");
        }
    }

    #[test]
    fn an_event_first_reached_by_another_thread_is_recorded() {
        let event = || tracing::trace!("reached");
        let ((), log) = logged(|| {
            thread::scope(|scope| scope.spawn(event).join()).unwrap();
            event();
        });
        assert_eq!(log.matches("reached").count(), 1, "{log:?}");
    }
}

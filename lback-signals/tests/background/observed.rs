//! The observer gets receivers in the background when they have run, and those that are refused at once.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::{
    Dispatch, Observer, ReceiverRun, Signal, background, receiver, set_observer, signal,
};
use test_support::in_child_process;

use crate::LONG;

#[signal(owned)]
struct Ordered;

#[receiver(signal = Ordered, background)]
fn packs(_: &Ordered) {
    Packed.send();
}

#[receiver(signal = Ordered, background)]
async fn ships(_: &Ordered) -> Result<(), &'static str> {
    tokio::task::yield_now().await;
    Packed.send();
    Err("no ship")
}

#[signal]
struct Packed;

#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Vec<String>>>);

impl Observer for Recorder {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        let by = dispatch
            .sent_by()
            .map(|by| format!(" by {} of {}", by.receiver().name(), by.dispatch()));
        let line = format!("{}{}", dispatch.signal().name(), by.unwrap_or_default());
        self.0.lock().unwrap().push(line);
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        let (id, name) = (run.dispatch(), run.receiver().name());
        let line = format!("{id} {name}: {:?}", run.outcome());
        self.0.lock().unwrap().push(line);
    }
}

#[test]
fn background_receivers_belong_to_the_dispatch_that_queued_them() {
    in_child_process(|| {
        let recorder = Recorder::default();
        set_observer(recorder.clone()).unwrap();
        Ordered.send();
        assert!(background::flush(LONG));
        let mut lines = recorder.0.lock().unwrap().clone();
        assert_eq!(lines.remove(0), "ordered");
        lines.sort();
        assert_eq!(
            lines,
            [
                "1 packs: succeeded",
                "1 ships: Failed(\"error\")",
                "packed by packs of 1",
                "packed by ships of 1",
            ]
        );

        assert!(background::drain(Duration::ZERO).undelivered().is_empty());
        recorder.0.lock().unwrap().clear();
        assert_eq!(Ordered.send().failures().len(), 2);
        let lines = recorder.0.lock().unwrap().clone();
        assert_eq!(lines[0], "ordered");
        assert!(
            lines[1].ends_with(" packs: Failed(\"refused\")"),
            "{lines:?}"
        );
        assert!(
            lines[2].ends_with(" ships: Failed(\"refused\")"),
            "{lines:?}"
        );
    });
}

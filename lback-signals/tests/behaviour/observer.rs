//! The observer of the process, which each test sets in a child process.

mod hostile;
mod later;
mod live;
mod shown;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use lback_signals::{
    AsyncSignal, Dispatch, Observer, ReceiverRun, RunOutcome, Scope, Signal, disable, receiver,
    set_observer, signal,
};
use test_support::in_child_process;
use tokio::task::yield_now;

/// Notes each call as a line. Dispatches are numbered from 1.
#[derive(Clone, Default)]
struct Recorder(Arc<Mutex<Recorded>>);

#[derive(Default)]
struct Recorded {
    lines: Vec<String>,
    /// The number of the first dispatch.
    first: Option<u64>,
}

impl Recorder {
    /// Sets a recorder as the observer of the process.
    fn set() -> Self {
        let recorder = Self::default();
        set_observer(recorder.clone()).unwrap();
        recorder
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap()).lines
    }
}

impl Recorded {
    fn number(&mut self, id: u64) -> u64 {
        id + 1 - *self.first.get_or_insert(id)
    }
}

impl Observer for Recorder {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        let mut recorded = self.0.lock().unwrap();
        let id = recorded.number(dispatch.id().get());
        let by = dispatch.sent_by().map_or_else(String::new, |by| {
            let number = recorded.number(by.dispatch().get());
            format!(" by {} of {number}", by.receiver().name())
        });
        let line = format!("{id} {}{by}", dispatch.signal().name());
        recorded.lines.push(line);
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        let mut recorded = self.0.lock().unwrap();
        let id = recorded.number(run.dispatch().get());
        let name = run.receiver().name();
        let line = format!("{id} {name}: {:?}", run.outcome());
        recorded.lines.push(line);
        if matches!(run.outcome(), RunOutcome::Skipped) {
            assert_eq!(run.duration(), Duration::ZERO);
        }
    }
}

#[signal]
struct Opened;

#[signal]
struct Rang;

#[signal]
struct Unheard;

#[receiver(signal = Opened)]
fn a_rings(_: &Opened) {
    Rang.send();
}

#[receiver(signal = Opened)]
fn b_fails(_: &Opened) -> Result<(), &'static str> {
    Err("secret")
}

#[receiver(signal = Opened)]
fn c_panics(_: &Opened) {
    panic!("secret");
}

#[receiver(signal = Opened)]
fn d_is_off(_: &Opened) {}

#[receiver(signal = Rang)]
fn listens(_: &Rang) {}

#[test]
fn each_dispatch_and_each_receiver_is_observed() {
    in_child_process(|| {
        disable(d_is_off).unwrap();
        Opened.send();
        let recorder = Recorder::set();
        assert!(set_observer(Recorder::default()).is_err());

        assert_eq!(Opened.send().failures().len(), 2);
        let lines = [
            "1 opened",
            "2 rang by a_rings of 1",
            "2 listens: succeeded",
            "1 a_rings: succeeded",
            "1 b_fails: Failed(\"error\")",
            "1 c_panics: Failed(\"panic\")",
            "1 d_is_off: skipped",
        ];
        assert_eq!(recorder.take(), lines);

        assert!(Opened.try_send().is_err());
        assert_eq!(recorder.take(), lines[..5]);

        Unheard.send();
        Unheard::send_with(|| Unheard);
        assert_eq!(recorder.take(), ["1 unheard", "2 unheard"]);
    });
}

#[test]
fn closures_and_muted_receivers_are_observed() {
    in_child_process(|| {
        let recorder = Recorder::set();
        let connection = Rang::connect(|_| {});
        Scope::new().mute(listens).run(|| Rang.send());
        let lines = recorder.take();
        assert_eq!(lines[..2], ["1 rang", "1 listens: skipped"]);
        assert!(lines[2].ends_with(": succeeded"), "{lines:?}");
        assert_eq!(lines.len(), 3);
        drop(connection);
    });
}

#[signal(reply = Option<u32>)]
struct Asked {
    answer: Option<u32>,
}

#[receiver(signal = Asked)]
fn a_does_not_know(event: &Asked) -> Option<u32> {
    event.answer.filter(|answer| *answer > 7)
}

#[receiver(signal = Asked)]
fn b_answers(event: &Asked) -> Option<u32> {
    event.answer
}

#[receiver(signal = Asked)]
fn c_is_not_asked(event: &Asked) -> Option<u32> {
    event.answer
}

#[test]
fn a_receiver_that_is_not_asked_is_not_observed() {
    in_child_process(|| {
        let recorder = Recorder::set();
        let asked = Asked { answer: Some(7) };
        assert_eq!(asked.ask().value(), Some(&7));
        assert_eq!(
            recorder.take(),
            [
                "1 asked",
                "1 a_does_not_know: succeeded",
                "1 b_answers: succeeded"
            ]
        );
    });
}

#[signal(async)]
struct Awaited;

#[receiver(signal = Awaited)]
fn at_once(_: &Awaited) {}

#[receiver(signal = Awaited)]
async fn in_turn(_: &Awaited) {
    yield_now().await;
    Rang.send();
}

#[receiver(signal = Awaited)]
async fn without_waiting(_: &Awaited) -> Result<(), &'static str> {
    Err("secret")
}

#[test]
fn awaited_receivers_are_observed_when_they_end() {
    in_child_process(|| {
        let recorder = Recorder::set();
        pollster::block_on(Awaited.send_async());
        assert_eq!(
            recorder.take(),
            [
                "1 awaited",
                "1 at_once: succeeded",
                "1 without_waiting: Failed(\"error\")",
                "2 rang by in_turn of 1",
                "2 listens: succeeded",
                "1 in_turn: succeeded",
            ]
        );
        // A signal that is sent after the poll of a receiver is not sent by it.
        Rang.send();
        assert_eq!(recorder.take(), ["1 rang", "1 listens: succeeded"]);
    });
}

#[signal(async)]
struct Abandoned;

struct RingsOnDrop;

impl Drop for RingsOnDrop {
    fn drop(&mut self) {
        Rang.send();
    }
}

#[receiver(signal = Abandoned)]
async fn never_ends(_: &Abandoned) {
    let _rings = RingsOnDrop;
    std::future::pending::<()>().await;
}

#[test]
fn a_receiver_whose_dispatch_is_dropped_is_cancelled() {
    in_child_process(|| {
        let recorder = Recorder::set();
        {
            let mut sending = Box::pin(Abandoned.send_async());
            let mut context = std::task::Context::from_waker(std::task::Waker::noop());
            assert!(sending.as_mut().poll(&mut context).is_pending());
            assert_eq!(recorder.take(), ["1 abandoned"]);
        }
        // Its values are dropped as a part of its run.
        assert_eq!(
            recorder.take(),
            [
                "1 rang by never_ends of 0",
                "1 listens: succeeded",
                "0 never_ends: cancelled"
            ]
        );
    });
}

#[test]
fn a_resource_of_the_scope_can_be_read() {
    struct Request(&'static str);

    struct OfRequest(Arc<Mutex<Vec<Option<&'static str>>>>);

    impl Observer for OfRequest {
        fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
            let request = dispatch.resource::<Request>().map(|request| request.0);
            self.0.lock().unwrap().push(request);
        }
    }

    in_child_process(|| {
        let seen = Arc::default();
        set_observer(OfRequest(Arc::clone(&seen))).unwrap();
        Rang.send();
        Scope::new().provide(Request("r1")).run(|| Rang.send());
        assert_eq!(*seen.lock().unwrap(), [None, Some("r1")]);
    });
}

//! Each failure of `send` reaches the hook and the log once. `try_send` returns failures to the caller.

use std::error::Error;
use std::fmt::{self, Write};
use std::panic::panic_any;
use std::pin::Pin;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use lback_signals::{AsyncSignal, Signal, on_failure, receiver, signal};
use test_support::in_child_process;
use tracing::field::{Field, Visit};
use tracing::{Event, Metadata, Subscriber, span};

#[signal]
struct Written<'a> {
    text: &'a str,
}

/// An error with a source.
#[derive(Debug)]
struct Unindexed(fmt::Error);

impl fmt::Display for Unindexed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cannot index")
    }
}

impl Error for Unindexed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

#[receiver(signal = Written)]
fn a_fails(event: &Written<'_>) -> Result<(), Unindexed> {
    assert_eq!(event.text, "page 1");
    Err(Unindexed(fmt::Error))
}

#[receiver(signal = Written)]
fn b_panics(_: &Written<'_>) {
    panic!("out of paper");
}

#[signal]
struct Echo;

#[receiver(signal = Echo)]
fn echoes(_: &Echo) {
    Echo.send();
}

#[signal(async)]
struct AwaitedEcho;

#[receiver(signal = AwaitedEcho)]
async fn echoes_when_awaited(_: &AwaitedEcho) {
    let again: Pin<Box<dyn Future<Output = ()> + Send>> = Box::pin(async {
        AwaitedEcho.send_async().await;
    });
    again.await;
}

#[signal]
struct Told;

static TOLD: AtomicU32 = AtomicU32::new(0);

#[receiver(signal = Told)]
fn counts(_: &Told) {
    TOLD.fetch_add(1, Ordering::Relaxed);
}

static SEEN: Mutex<Vec<String>> = Mutex::new(Vec::new());
static LOGGED: Mutex<Vec<String>> = Mutex::new(Vec::new());
static HOOK_PANICS: AtomicBool = AtomicBool::new(false);

/// A subscriber that stores its events.
struct RecordingSubscriber;

impl Subscriber for RecordingSubscriber {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        struct Line(String);

        impl Visit for Line {
            fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
                write!(self.0, " {field}={value:?}").unwrap();
            }
        }

        let mut line = Line(event.metadata().level().to_string());
        event.record(&mut line);
        LOGGED.lock().unwrap().push(line.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// A subscriber that panics.
struct PanickingSubscriber;

impl Subscriber for PanickingSubscriber {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, _: &Event<'_>) {
        panic!("the disk is full");
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

#[test]
fn each_failure_is_reported_once() {
    in_child_process(|| {
        on_failure(|_| unreachable!("this hook is replaced before the first send"));
        on_failure(|failure| {
            SEEN.lock().unwrap().push(failure.to_string());
            assert!(!HOOK_PANICS.load(Ordering::Relaxed), "the hook panics");
        });
        let expected = [
            "receiver `behaviour::failure_hook::a_fails` of `written` failed: cannot index",
            "receiver `behaviour::failure_hook::b_panics` of `written` panicked: out of paper",
        ];

        tracing::subscriber::with_default(RecordingSubscriber, || {
            Written { text: "page 1" }.send()
        });
        assert_eq!(*SEEN.lock().unwrap(), expected);
        let logged = LOGGED.lock().unwrap().clone();
        assert_eq!(logged.len(), 2, "{logged:?}");
        assert!(
            logged[0].starts_with("ERROR message=receiver failed: cannot index: an error occurred")
        );
        assert!(
            logged[0].contains("signal=\"written\" receiver=\"behaviour::failure_hook::a_fails\"")
        );
        assert!(logged[1].starts_with("ERROR message=receiver panicked: out of paper"));

        SEEN.lock().unwrap().clear();
        assert!(Written { text: "page 1" }.try_send().is_err());
        assert!(
            SEEN.lock().unwrap().is_empty(),
            "a veto is returned to the caller"
        );

        Echo.send();
        let seen = std::mem::take(&mut *SEEN.lock().unwrap());
        assert_eq!(
            seen.len(),
            1,
            "64 reports contain the recursion, and one is reported"
        );

        tracing::subscriber::with_default(PanickingSubscriber, || {
            Written { text: "page 1" }.send()
        });
        assert_eq!(
            std::mem::take(&mut *SEEN.lock().unwrap()),
            expected,
            "a subscriber that panics does not stop the hook"
        );

        HOOK_PANICS.store(true, Ordering::Relaxed);
        let report = Written { text: "page 1" }.send();
        assert_eq!(
            report.failures().len(),
            2,
            "a hook that panics does not affect the report"
        );
        assert_eq!(*SEEN.lock().unwrap(), expected);
    });
}

#[signal]
struct Torn;

#[receiver(signal = Torn)]
fn always_fails(_: &Torn) -> Result<(), &'static str> {
    Err("torn")
}

#[receiver(signal = Torn)]
fn succeeds(_: &Torn) {}

#[test]
fn a_failure_inside_the_hook_does_not_call_it_again() {
    in_child_process(|| {
        on_failure(|_| {
            Torn.send();
        });
        let report = Torn.send();
        let [failure] = report.failures() else {
            panic!("{report:?}");
        };
        assert_eq!(
            failure.to_string(),
            "receiver `behaviour::failure_hook::always_fails` of `torn` failed: torn"
        );
        assert_eq!(
            report.delivered(),
            1,
            "a send inside the hook stops no receiver"
        );
    });
}

#[test]
fn a_hook_whose_panic_panics_again_when_it_is_dropped_changes_nothing() {
    in_child_process(|| {
        struct Bomb;

        impl Drop for Bomb {
            fn drop(&mut self) {
                panic!("once more");
            }
        }

        on_failure(|_| panic_any(Bomb));
        let report = Torn.send();
        assert_eq!((report.failures().len(), report.delivered()), (1, 1));
    });
}

#[signal(async)]
struct Checked;

#[receiver(signal = Checked)]
async fn a_objects(_: &Checked) -> Result<(), &'static str> {
    Err("too thin")
}

#[receiver(signal = Checked)]
async fn b_objects_too(_: &Checked) -> Result<(), &'static str> {
    Err("too wet")
}

#[test]
fn of_several_vetoes_the_hook_is_told_of_those_that_the_caller_does_not_get() {
    in_child_process(|| {
        on_failure(|failure| SEEN.lock().unwrap().push(failure.to_string()));
        let failure = pollster::block_on(Checked.try_send_async()).unwrap_err();
        assert_eq!(failure.receiver().name(), "a_objects");
        assert_eq!(
            std::mem::take(&mut *SEEN.lock().unwrap()),
            ["receiver `behaviour::failure_hook::b_objects_too` of `checked` failed: too wet"]
        );
    });
}

#[test]
fn a_hook_cannot_send_while_the_chain_of_its_failure_is_stopped() {
    in_child_process(|| {
        on_failure(|_| {
            let report = Told.send();
            SEEN.lock().unwrap().push(report.failures()[0].to_string());
        });
        let sends: [fn(); 2] = [
            || drop(Echo.send()),
            || drop(pollster::block_on(AwaitedEcho.send_async())),
        ];
        for send in sends {
            SEEN.lock().unwrap().clear();
            send();
            let refused = "receiver `behaviour::failure_hook::counts` of `told` was stopped: signals were sent 64 deep: \
                       told (behaviour::failure_hook::counts)";
            assert_eq!(std::mem::take(&mut *SEEN.lock().unwrap()), [refused]);
            assert_eq!(TOLD.swap(0, Ordering::Relaxed), 0);
            // The chain has ended.
            assert!(Told.send().is_ok());
            assert_eq!(TOLD.swap(0, Ordering::Relaxed), 1);
        }
    });
}

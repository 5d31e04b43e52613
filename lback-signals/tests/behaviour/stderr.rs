//! Failures that neither a subscriber nor a hook sees are written to standard error. Each `scenario_…` test
//! runs as an ordinary test, and again in a child process whose standard error another test reads.

use std::env;
use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lback_signals::{Res, Signal, Transaction, on_failure, receiver, signal};

/// Returns the lines that a test of this file writes to standard error.
fn lines_of(test: &str, is_off: bool) -> Vec<String> {
    let mut program = program(test);
    if is_off {
        program.env("LBACK_STDERR", "off");
    }
    let output = program.output().unwrap();
    assert!(output.status.success(), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("1 passed"));
    let lines = String::from_utf8(output.stderr).unwrap();
    lines.lines().map(str::to_owned).collect()
}

fn program(test: &str) -> Command {
    let mut program = Command::new(env::current_exe().unwrap());
    program
        .args(["--exact", test])
        .env_remove("LBACK_STDERR")
        // The test harness captures the messages of panics separately.
        .env_remove("RUST_TEST_NOCAPTURE");
    program
}

struct Mailer;

#[derive(Debug)]
struct Undisplayable;

impl fmt::Display for Undisplayable {
    fn fmt(&self, _: &mut fmt::Formatter<'_>) -> fmt::Result {
        panic!("no text")
    }
}

impl std::error::Error for Undisplayable {}

#[signal]
struct Paid;

#[receiver(signal = Paid)]
fn a_errs(_: &Paid) -> Result<(), &'static str> {
    Err("first\nsecond")
}

#[receiver(signal = Paid)]
fn b_lacks(_: &Paid, _: Res<'_, Mailer>) {}

#[receiver(signal = Paid)]
fn c_panics(_: &Paid) {
    panic!("out of paper");
}

#[receiver(signal = Paid)]
fn d_errs(_: &Paid) -> Result<(), Undisplayable> {
    Err(Undisplayable)
}

#[signal]
struct Failed;

#[receiver(signal = Failed)]
fn fails(_: &Failed) -> Result<(), &'static str> {
    Err("on purpose")
}

#[test]
fn scenario_failures() {
    assert_eq!(Paid.send().failures().len(), 4);
    // A veto is returned to the caller.
    assert!(Failed.try_send().is_err());
}

#[test]
fn each_failure_is_one_line_and_the_first_one_explains_the_alternatives() {
    let lines = lines_of("scenario_failures", false);
    let [first, second, third, fourth] = &*lines else {
        panic!("{lines:#?}");
    };
    assert!(first.starts_with(
        "lback-signals: receiver `stderr::a_errs` of `paid` failed: first\\nsecond (to see"
    ));
    assert!(first.contains("`lback_signals::on_failure`"), "{first}");
    assert!(first.contains("LBACK_STDERR=off"), "{first}");
    assert!(first.contains("tracing"), "{first}");
    assert!(second.contains("`stderr::b_lacks` of `paid` was not called: missing resource `"));
    assert_eq!(
        third,
        "lback-signals: receiver `stderr::c_panics` of `paid` panicked: out of paper"
    );
    assert!(
        fourth.ends_with("(its error panicked when displayed)"),
        "{fourth}"
    );
    assert_eq!(lines_of("scenario_failures", true), [""; 0]);
}

#[test]
fn scenario_many_failures() {
    for _ in 0..1_000 {
        assert!(!Failed.send().is_ok());
    }
}

#[test]
fn the_number_of_lines_is_limited() {
    let lines = lines_of("scenario_many_failures", false);
    assert_eq!(lines.len(), 10, "{lines:#?}");
    assert!(lines[9].ends_with("(more lines are omitted for up to a minute)"));
}

#[test]
fn scenario_hook() {
    on_failure(|_| {});
    assert!(!Failed.send().is_ok());
}

#[test]
fn with_a_hook_no_line_is_written() {
    assert_eq!(lines_of("scenario_hook", false), [""; 0]);
}

#[test]
fn scenario_closed_stderr() {
    static HAS_PANICKED: AtomicBool = AtomicBool::new(false);

    let own_thread = thread::current().id();
    let previous = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if thread::current().id() == own_thread {
            HAS_PANICKED.store(true, Ordering::Relaxed);
        } else {
            previous(panic);
        }
    }));
    assert!(!Failed.send().is_ok());
    drop(panic::take_hook());
    assert!(!HAS_PANICKED.load(Ordering::Relaxed));
}

#[test]
fn a_closed_standard_error_causes_no_panic() {
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    let mut program = program("scenario_closed_stderr");
    let program = program.stdout(Stdio::null()).stderr(writer);
    assert!(program.status().unwrap().success());
}

#[signal(owned)]
struct Shipped;

#[receiver(signal = Shipped, after_commit)]
fn mails(_: &Shipped) {}

#[test]
fn scenario_transactions() {
    let transaction = Transaction::new();
    transaction.run(|| Shipped.send());
    assert_eq!(transaction.abandon().len(), 1);
    let transaction = Transaction::new();
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        transaction.run(|| panic!("on purpose"))
    }));
    assert!(panicked.is_err());
    assert!(transaction.commit().is_ok());
}

#[test]
fn an_abandoned_and_a_panicked_transaction_write_one_line_each() {
    let lines = lines_of("scenario_transactions", false);
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert!(lines[0].contains("signal abandoned, since it is unknown whether"));
    assert!(lines[1].contains("a panic had rolled back"));
}

#[cfg(feature = "tokio")]
mod background {
    use std::time::Duration;

    use lback_signals::background::{self, Settings};
    use lback_signals::{Signal, receiver, signal};

    use super::lines_of;

    #[signal(owned)]
    struct Ordered;

    #[receiver(signal = Ordered, background)]
    async fn never_ends(_: &Ordered) {
        std::future::pending::<()>().await;
    }

    #[test]
    fn scenario_undelivered() {
        let settings = Settings::new().with_concurrency(1);
        background::configure(settings.with_warn_after(Duration::ZERO)).unwrap();
        for _ in 0..2 {
            assert_eq!(Ordered.send().deferred(), 1);
        }
        let drained = background::drain(Duration::from_millis(1));
        assert_eq!(drained.undelivered().len(), 2);
        assert_eq!(background::drain(Duration::ZERO).undelivered().len(), 2);
    }

    #[test]
    fn each_undelivered_background_receiver_is_written_once() {
        let mut lines = lines_of("background::scenario_undelivered", false);
        lines.retain(|line| line.contains("background receiver not delivered"));
        assert_eq!(lines.len(), 2, "{lines:#?}");
    }
}

#[cfg(feature = "tracing")]
mod subscriber {
    use lback_signals::Signal;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::{Failed, lines_of};

    struct Silent;

    impl Subscriber for Silent {
        fn enabled(&self, _: &Metadata<'_>) -> bool {
            false
        }

        fn new_span(&self, _: &Attributes<'_>) -> Id {
            Id::from_u64(1)
        }

        fn record(&self, _: &Id, _: &Record<'_>) {}

        fn record_follows_from(&self, _: &Id, _: &Id) {}

        fn event(&self, _: &Event<'_>) {}

        fn enter(&self, _: &Id) {}

        fn exit(&self, _: &Id) {}
    }

    #[test]
    fn scenario_subscriber() {
        tracing::subscriber::with_default(Silent, || assert!(!Failed.send().is_ok()));
    }

    /// This holds even if the subscriber filters out all events.
    #[test]
    fn with_a_subscriber_no_line_is_written() {
        assert_eq!(lines_of("subscriber::scenario_subscriber", false), [""; 0]);
    }
}

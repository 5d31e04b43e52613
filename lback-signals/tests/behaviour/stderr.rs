//! Failures that neither a subscriber nor a hook sees are written to standard error. Each test reads that of a
//! child process.

use std::fmt;
use std::io;
use std::panic::{self, AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use lback_signals::{Res, Signal, Transaction, on_failure, receiver, signal};
use test_support::{child_process, output_of};

/// Runs `scenario` in a child process, and `check` with the lines that it writes to standard error.
fn test_lines(scenario: impl FnOnce(), check: impl FnOnce(&[String])) {
    match child() {
        Some(command) => check(&lines_of(command)),
        None => scenario(),
    }
}

fn child() -> Option<Command> {
    let mut command = child_process()?;
    command
        .env_remove("LBACK_STDERR")
        // The test harness captures the messages of panics separately.
        .env_remove("RUST_TEST_NOCAPTURE");
    Some(command)
}

fn lines_of(command: Command) -> Vec<String> {
    let lines = String::from_utf8(output_of(command).stderr).unwrap();
    lines.lines().map(str::to_owned).collect()
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

fn fail_in_each_way() {
    assert_eq!(Paid.send().failures().len(), 4);
    // A veto is returned to the caller.
    assert!(Failed.try_send().is_err());
}

#[test]
fn each_failure_is_one_line_and_the_first_one_explains_the_alternatives() {
    test_lines(fail_in_each_way, |lines| {
        let [first, second, third, fourth] = lines else {
            panic!("{lines:#?}");
        };
        assert!(first.starts_with(
            "lback-signals: receiver `behaviour::stderr::a_errs` of `paid` failed: first\\nsecond (to see"
        ));
        assert!(first.contains("`lback_signals::on_failure`"), "{first}");
        assert!(first.contains("LBACK_STDERR=off"), "{first}");
        assert!(first.contains("tracing"), "{first}");
        assert!(
            second.contains(
                "`behaviour::stderr::b_lacks` of `paid` was not called: missing resource `"
            )
        );
        assert_eq!(
            third,
            "lback-signals: receiver `behaviour::stderr::c_panics` of `paid` panicked: out of paper"
        );
        assert!(
            fourth.ends_with("(its error panicked when displayed)"),
            "{fourth}"
        );
    });
}

#[test]
fn the_environment_variable_turns_the_lines_off() {
    match child() {
        Some(mut command) => {
            command.env("LBACK_STDERR", "off");
            assert_eq!(lines_of(command), [""; 0]);
        }
        None => fail_in_each_way(),
    }
}

#[test]
fn the_number_of_lines_is_limited() {
    let fail_often = || {
        for _ in 0..1_000 {
            assert!(!Failed.send().is_ok());
        }
    };
    test_lines(fail_often, |lines| {
        assert_eq!(lines.len(), 10, "{lines:#?}");
        assert!(lines[9].ends_with("(more lines are omitted for up to a minute)"));
    });
}

#[test]
fn with_a_hook_no_line_is_written() {
    let fail = || {
        on_failure(|_| {});
        assert!(!Failed.send().is_ok());
    };
    test_lines(fail, |lines| assert_eq!(lines, [""; 0]));
}

fn fail_with_closed_stderr() {
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
    let Some(mut command) = child() else {
        return fail_with_closed_stderr();
    };
    let (reader, writer) = io::pipe().unwrap();
    drop(reader);
    command.stderr(writer);
    assert_eq!(lines_of(command), [""; 0]);
}

#[signal(owned)]
struct Shipped;

#[receiver(signal = Shipped, after_commit)]
fn mails(_: &Shipped) {}

#[test]
fn an_abandoned_and_a_panicked_transaction_write_one_line_each() {
    let transactions = || {
        let transaction = Transaction::new();
        transaction.run(|| Shipped.send());
        assert_eq!(transaction.abandon().len(), 1);
        let transaction = Transaction::new();
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            transaction.run(|| panic!("on purpose"))
        }));
        assert!(panicked.is_err());
        assert!(transaction.commit().is_ok());
    };
    test_lines(transactions, |lines| {
        assert_eq!(lines.len(), 2, "{lines:#?}");
        assert!(lines[0].contains("signal abandoned, since it is unknown whether"));
        assert!(lines[1].contains("a panic had rolled back"));
    });
}

#[cfg(feature = "tokio")]
mod background {
    use std::time::Duration;

    use lback_signals::background::{self, Settings};
    use lback_signals::{Signal, receiver, signal};

    use super::test_lines;

    #[signal(owned)]
    struct Ordered;

    #[receiver(signal = Ordered, background)]
    async fn never_ends(_: &Ordered) {
        std::future::pending::<()>().await;
    }

    #[test]
    fn each_undelivered_background_receiver_is_written_once() {
        let drain_twice = || {
            let settings = Settings::new().with_concurrency(1);
            background::configure(settings.with_warn_after(Duration::ZERO)).unwrap();
            for _ in 0..2 {
                assert_eq!(Ordered.send().deferred(), 1);
            }
            let drained = background::drain(Duration::from_millis(1));
            assert_eq!(drained.undelivered().len(), 2);
            assert_eq!(background::drain(Duration::ZERO).undelivered().len(), 2);
        };
        test_lines(drain_twice, |lines| {
            let undelivered = lines.iter();
            let undelivered =
                undelivered.filter(|line| line.contains("background receiver not delivered"));
            assert_eq!(undelivered.count(), 2, "{lines:#?}");
        });
    }
}

#[cfg(feature = "tracing")]
mod subscriber {
    use lback_signals::Signal;
    use tracing::span::{Attributes, Id, Record};
    use tracing::{Event, Metadata, Subscriber};

    use super::{Failed, test_lines};

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

    /// This holds even if the subscriber filters out all events.
    #[test]
    fn with_a_subscriber_no_line_is_written() {
        let fail = || tracing::subscriber::with_default(Silent, || assert!(!Failed.send().is_ok()));
        test_lines(fail, |lines| assert_eq!(lines, [""; 0]));
    }
}

//! Dispatches whose future is dropped before it completes.

use std::pin::pin;
use std::sync::Arc;

use lback_signals::{AsyncSignal, Res, Scope, Signal, Transaction, receiver, signal};

use super::{Log, poll_once, yield_now};

#[signal(async, owned)]
struct Stepping {
    steps: u32,
}

struct LogsWhenDropped<'l>(&'l Log, &'static str);

#[signal]
struct Cancelled;

#[receiver(signal = Cancelled)]
fn note_cancellation(_: &Cancelled, log: Res<'_, Log>) {
    log.write("sent while dropped");
}

impl Drop for LogsWhenDropped<'_> {
    fn drop(&mut self) {
        self.0.write(self.1);
        if !Cancelled.send().is_ok() {
            self.0.write("outside of the scope");
        }
    }
}

#[receiver(signal = Stepping)]
async fn a_long(event: &Stepping, log: Res<'_, Log>) {
    let _guard = LogsWhenDropped(log.get(), "a ends");
    for step in 0..event.steps {
        log.write(format!("a {step}"));
        yield_now().await;
    }
}

#[receiver(signal = Stepping)]
async fn b_short(event: &Stepping, log: Res<'_, Log>) {
    let _guard = LogsWhenDropped(log.get(), "b ends");
    for step in 0..event.steps / 2 {
        log.write(format!("b {step}"));
        yield_now().await;
    }
}

#[receiver(signal = Stepping, after_commit)]
fn c_after_all(_: &Stepping, log: Res<'_, Log>) {
    log.write("committed");
}

/// Polls a dispatch this many times and drops it. Returns whether it completed, and the log.
fn polled(times: usize, send: impl AsyncFn()) -> (bool, Vec<String>) {
    let log = Arc::new(Log::default());
    let is_ready = {
        let scope = Scope::new().provide_dyn(Arc::clone(&log));
        let mut sending = pin!(scope.run_async(send()));
        (0..times).any(|_| poll_once(sending.as_mut()).is_ready())
    };
    (is_ready, log.take())
}

#[test]
fn a_dispatch_dropped_at_any_await_point_cancels_its_running_receivers() {
    const STEPS: u32 = 4;
    let send = async || {
        let _ = Stepping { steps: STEPS }.send_async().await;
    };
    let ended = |lines: &[String]| {
        let ends = ["a ends", "b ends"];
        ends.map(|end| lines.iter().filter(|line| *line == end).count())
    };
    for polls in 0..=STEPS as usize {
        let (is_ready, lines) = polled(polls, send);
        assert!(!is_ready);
        let starts = usize::from(polls > 0);
        // Each started receiver was dropped once, inside the scope, and none has continued.
        assert_eq!(ended(&lines), [starts, starts], "{lines:?}");
        let steps = |name: &str| lines.iter().filter(|line| line.starts_with(name)).count();
        assert_eq!(steps("a ") - starts, polls, "{lines:?}");
        assert_eq!(steps("b ") - starts, polls.min(2), "{lines:?}");
        assert!(
            !lines
                .iter()
                .any(|line| line == "committed" || line == "outside of the scope")
        );
    }
    let (is_ready, lines) = polled(STEPS as usize + 1, send);
    assert!(is_ready);
    assert_eq!(ended(&lines), [1, 1]);
    assert_eq!(lines.last().unwrap(), "committed");
}

/// The context of the first poll applies to the whole dispatch, even if the future is later polled and
/// dropped outside it.
#[test]
fn a_dispatch_is_cancelled_in_the_scope_of_its_first_poll() {
    let log = Arc::new(Log::default());
    let scope = Scope::new().provide_dyn(Arc::clone(&log));
    let event = Stepping { steps: 4 };
    let mut sending = Box::pin(event.send_async());
    assert!(scope.run(|| poll_once(sending.as_mut())).is_pending());
    assert!(poll_once(sending.as_mut()).is_pending());
    drop(sending);
    let lines = log.take();
    assert_eq!(
        lines,
        [
            "a 0",
            "b 0",
            "a 1",
            "b 1",
            "a ends",
            "sent while dropped",
            "b ends",
            "sent while dropped"
        ]
    );
}

#[test]
fn a_cancelled_dispatch_leaves_nothing_pending_in_its_transaction() {
    let transaction = Transaction::new();
    let (is_ready, _) = polled(2, async || {
        let send = async || drop(Stepping { steps: 4 }.send_async().await);
        transaction.run_async(send()).await;
    });
    assert!(!is_ready);
    let report = transaction.commit();
    assert_eq!(report.delivered() + report.failures().len(), 0);
}

#[signal(async)]
struct Locked;

/// Sends when it is dropped, and drops the future at once.
struct SendsAgain;

impl Drop for SendsAgain {
    fn drop(&mut self) {
        let _ = poll_once(pin!(Locked.send_async()));
    }
}

#[receiver(signal = Locked)]
async fn holds(_: &Locked) {
    let _again = SendsAgain;
    std::future::pending::<()>().await;
}

#[test]
fn a_cancelled_receiver_that_sends_and_cancels_again_is_stopped() {
    assert!(poll_once(pin!(Locked.send_async())).is_pending());
    // The recursion state of the thread is cleared.
    assert_eq!(Cancelled.send().failures().len(), 1);
}

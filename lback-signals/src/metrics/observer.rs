//! The observer that counts.

#[cfg(feature = "tokio")]
use ::metrics::gauge;
use ::metrics::{counter, histogram};

#[cfg(feature = "tokio")]
use super::table::{BACKGROUND_REFUSED, BACKGROUND_RUNNING, BACKGROUND_WAITING};
use super::table::{DISPATCHES, FAILURES, RECEIVER_SECONDS, describe};
#[cfg(feature = "durable")]
use super::table::{DURABLE_ATTEMPTS, DURABLE_LOST, DURABLE_SECONDS};
#[cfg(feature = "tokio")]
use crate::background;
use crate::info::{Phase, ReceiverInfo};
use crate::observe::{Dispatch, Observer, ReceiverRun, RunOutcome};
use crate::report::FailureKind;

/// An observer that counts dispatches, runs of receivers and their failures.
///
/// Pass it to [`set_observer`](crate::set_observer), alone or in a pair with another one.
#[derive(Debug)]
pub struct MetricsObserver(());

impl MetricsObserver {
    /// Describes the metrics to the recorder of the process, which has to be installed before.
    #[expect(clippy::new_without_default, reason = "it describes the metrics")]
    #[must_use]
    pub fn new() -> Self {
        describe();
        Self(())
    }
}

impl Observer for MetricsObserver {
    fn on_dispatch(&self, dispatch: &Dispatch<'_>) {
        counter!(DISPATCHES.name, "signal" => dispatch.signal().name()).increment(1);
    }

    fn on_run(&self, run: &ReceiverRun<'_>) {
        let receiver = run.receiver();
        if receiver.phase() == Phase::Durable {
            #[cfg(feature = "durable")]
            record_attempt(run);
        } else if was_called(run.outcome()) {
            let seconds = run.duration().as_secs_f64();
            histogram!(RECEIVER_SECONDS.name, &labels(receiver)).record(seconds);
        }
        if let RunOutcome::Failed(kind) = run.outcome() {
            record_failure(receiver, kind);
        }
    }
}

fn labels(receiver: &'static ReceiverInfo) -> [(&'static str, &'static str); 3] {
    [
        ("signal", receiver.signal().name()),
        ("receiver", receiver.id()),
        ("phase", receiver.phase().name()),
    ]
}

fn was_called(outcome: RunOutcome<'_>) -> bool {
    match outcome {
        RunOutcome::Skipped => false,
        RunOutcome::Failed(kind) => matches!(kind, FailureKind::Error(_) | FailureKind::Panic(_)),
        _ => true,
    }
}

fn record_failure(receiver: &'static ReceiverInfo, kind: &FailureKind) {
    let [signal, name, phase] = labels(receiver);
    let labels = [signal, name, phase, ("error_type", kind.name())];
    counter!(FAILURES.name, &labels).increment(1);
    #[cfg(feature = "tokio")]
    if matches!(kind, FailureKind::Refused(_)) {
        counter!(BACKGROUND_REFUSED.name, &[signal, name, phase]).increment(1);
    }
}

#[cfg(feature = "durable")]
fn record_attempt(run: &ReceiverRun<'_>) {
    // One that was not stored has no attempt.
    let (Some(_), Some(durable)) = (run.attempt(), run.receiver().durable()) else {
        return;
    };
    let (name, outcome) = (durable.name(), run.outcome());
    counter!(DURABLE_ATTEMPTS.name, "receiver" => name, "outcome" => outcome.name()).increment(1);
    if was_called(outcome) {
        let seconds = run.duration().as_secs_f64();
        histogram!(DURABLE_SECONDS.name, "receiver" => name).record(seconds);
    }
    if matches!(outcome, RunOutcome::LeaseLost) {
        counter!(DURABLE_LOST.name, "receiver" => name).increment(1);
    }
}

/// Records how many receivers wait and run in the background. Call it before each scrape.
#[cfg(feature = "tokio")]
pub fn record_background() {
    #[expect(clippy::cast_precision_loss, reason = "a gauge is a float")]
    let float = |count: usize| count as f64;
    let stats = background::stats();
    gauge!(BACKGROUND_WAITING.name).set(float(stats.waiting()));
    gauge!(BACKGROUND_RUNNING.name).set(float(stats.running()));
}

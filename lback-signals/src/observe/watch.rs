//! The watch over one run of a receiver: its span, and its report to the observer.

#[cfg(feature = "durable")]
use std::future::poll_fn;
#[cfg(feature = "durable")]
use std::pin::pin;
use std::time::{Duration, Instant};

use super::dispatch::SendingReceiver;
#[cfg(feature = "durable")]
use super::run::DeliveryAttempt;
use super::run::{ReceiverRun, RunOutcome};
use super::{SENDING, notify};
use crate::info::ReceiverInfo;
use crate::report::DispatchId;
#[cfg(feature = "durable")]
use crate::report::Report;
use crate::trace::{self, Entered, Span};

/// The watch over one run of a receiver. A run that has not ended when it is dropped was cancelled.
#[derive(Debug)]
pub(crate) struct Watch {
    span: Span,
    /// `None` if the run is not observed, or its outcome has been reported.
    run: Option<Run>,
}

#[derive(Clone, Copy, Debug)]
struct Run {
    sending: SendingReceiver,
    started: Instant,
    /// `None` until the run has ended.
    duration: Option<Duration>,
    #[cfg(feature = "durable")]
    attempt: Option<DeliveryAttempt>,
}

impl Run {
    fn begin(sending: SendingReceiver) -> Self {
        Self {
            sending,
            started: Instant::now(),
            duration: None,
            #[cfg(feature = "durable")]
            attempt: None,
        }
    }

    fn report(self, outcome: RunOutcome<'_>) {
        let duration = self.duration.unwrap_or_else(|| self.started.elapsed());
        notify(|observer| {
            observer.on_run(&ReceiverRun {
                dispatch: self.sending.dispatch,
                receiver: self.sending.receiver,
                outcome,
                duration,
                #[cfg(feature = "durable")]
                attempt: self.attempt,
            });
        });
    }
}

impl Watch {
    /// The watch over what is no receiver, or has no outcome to report.
    pub(crate) const NONE: Self = Self {
        span: Span::NONE,
        run: None,
    };

    /// Begins the run of a receiver. `dispatch` is its dispatch, if that is observed.
    pub(crate) fn begin(receiver: &'static ReceiverInfo, dispatch: Option<DispatchId>) -> Self {
        Self {
            span: Span::of_receiver(receiver),
            run: dispatch.map(|dispatch| Run::begin(SendingReceiver { dispatch, receiver })),
        }
    }

    /// Begins the attempt of a durable receiver, if there is an observer.
    #[cfg(feature = "durable")]
    pub(crate) fn of_attempt(receiver: &'static ReceiverInfo, attempt: DeliveryAttempt) -> Self {
        let run = super::observer().map(|_| {
            let dispatch = DispatchId::next();
            Run {
                attempt: Some(attempt),
                ..Run::begin(SendingReceiver { dispatch, receiver })
            }
        });
        Self {
            span: Span::NONE,
            run,
        }
    }

    /// Returns a watch over a receiver that is not called.
    pub(crate) fn of_uncalled(
        receiver: &'static ReceiverInfo,
        dispatch: Option<DispatchId>,
    ) -> Self {
        let run = dispatch.map(|dispatch| Run {
            duration: Some(Duration::ZERO),
            ..Run::begin(SendingReceiver { dispatch, receiver })
        });
        Self {
            span: Span::NONE,
            run,
        }
    }

    /// Sets the span in which a failure is recorded.
    #[cfg(feature = "durable")]
    pub(crate) fn set_span(&mut self, span: Span) {
        self.span = span;
    }

    /// Returns whether the run is traced or observed.
    pub(crate) fn is_active(&self) -> bool {
        self.run.is_some() || trace::is_on()
    }

    /// Returns the receiver as the sender of what it sends, if the run is observed.
    pub(crate) fn sending(&self) -> Option<SendingReceiver> {
        self.run.map(|run| run.sending)
    }

    /// Enters the span of the run, and makes the receiver the sender of what this thread sends.
    pub(crate) fn enter(&self) -> Watched<'_> {
        Watched {
            _span: self.span.enter(),
            _sending: self.sending().map(Sending::enter),
        }
    }

    /// Enters the watch for each poll of the future.
    #[cfg(feature = "durable")]
    pub(crate) async fn instrument<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        poll_fn(|task| {
            let _watched = self.enter();
            future.as_mut().poll(task)
        })
        .await
    }

    /// Ends the time of the run. Its outcome is reported later.
    pub(crate) fn stop(&mut self) {
        if let Some(run) = &mut self.run {
            run.duration = run.duration.or_else(|| Some(run.started.elapsed()));
        }
    }

    /// Reports the outcome of the only receiver in a report.
    #[cfg(feature = "durable")]
    pub(crate) fn report_first(&mut self, report: &Report) {
        self.report(match report.failures().first() {
            Some(failure) => RunOutcome::Failed(failure.kind()),
            None if report.delivered() > 0 => RunOutcome::Succeeded,
            None => RunOutcome::Skipped,
        });
    }

    /// Reports the outcome, unless it has been reported.
    pub(crate) fn report(&mut self, outcome: RunOutcome<'_>) {
        if let RunOutcome::Failed(kind) = outcome {
            self.span.record_error(kind.name());
        }
        if let Some(run) = self.run.take() {
            run.report(outcome);
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.report(RunOutcome::Cancelled);
    }
}

/// Guard of a receiver that is being called or polled.
pub(crate) struct Watched<'w> {
    _span: Entered<'w>,
    _sending: Option<Sending>,
}

/// Guard that makes a receiver the sender of what this thread sends.
pub(crate) struct Sending {
    outer: Option<SendingReceiver>,
}

impl Sending {
    pub(crate) fn enter(receiver: SendingReceiver) -> Self {
        Self {
            outer: SENDING.replace(Some(receiver)),
        }
    }
}

impl Drop for Sending {
    fn drop(&mut self) {
        SENDING.set(self.outer);
    }
}

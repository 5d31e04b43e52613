//! One run of one background receiver.

use std::sync::Arc;

use super::queue::QueueItem;
use super::span::SenderSpan;
use crate::call::DeferredCall;
use crate::context::{Context, CurrentContext, ErasedSignal, Frame, WithContext};
use crate::info::ReceiverInfo;
use crate::observe::{RunOutcome, Watch};
use crate::report::{Failure, FailureKind, Refused, Report, guard_user_code};
use crate::trace::Span;

pub(crate) struct Job {
    info: JobInfo,
    /// The scope in which the signal was sent.
    scope: Option<Arc<Frame>>,
    sender_span: SenderSpan,
}

/// The signal and the receiver of a job, which name it while it runs.
#[derive(Clone)]
pub(crate) struct JobInfo {
    owned: Arc<dyn ErasedSignal>,
    number: usize,
}

impl JobInfo {
    pub(super) fn receiver(&self) -> &'static ReceiverInfo {
        let receiver = self.owned.receiver(self.number);
        receiver.unwrap_or_else(|| unreachable!("the number is of a receiver of this signal"))
    }

    pub(super) fn sender(&self) -> Option<String> {
        self.owned.sender_outside_dispatch()
    }

    /// Announces the refusal of a job that was dropped, and returns the report for its sender.
    pub(super) fn refused(self, why: Refused) -> Report {
        let kind = FailureKind::Refused(why);
        let failure = Failure::new(self.receiver(), self.sender(), kind);
        failure.announce();
        let dispatch = self.owned.dispatch_id();
        Watch::of_uncalled(self.receiver(), dispatch).report(RunOutcome::Failed(failure.kind()));
        guard_user_code(|| drop(self));
        Report::new(0, 0, vec![failure])
    }
}

impl QueueItem for Job {
    type Info = JobInfo;

    fn info(&self) -> JobInfo {
        self.info.clone()
    }
}

impl Job {
    pub(crate) fn new(
        owned: Arc<dyn ErasedSignal>,
        number: usize,
        scope: Option<Arc<Frame>>,
    ) -> Self {
        Self {
            info: JobInfo { owned, number },
            scope,
            sender_span: SenderSpan::current(),
        }
    }

    pub(super) fn receiver(&self) -> &'static ReceiverInfo {
        self.info.receiver()
    }

    /// Drops the job, announces its refusal and returns the report for its sender.
    pub(super) fn refused(self, why: Refused) -> Report {
        let info = self.info.clone();
        guard_user_code(|| drop(self));
        info.refused(why)
    }

    /// Calls the receiver, a `fn`, on this thread. Returns `None` if it has been disabled.
    pub(super) fn call(self) -> Option<Report> {
        let span = self.sender_span.job_span(self.receiver());
        let _in_span = span.enter();
        let _entered = self.context().enter();
        let report = self.into_call().call();
        record_error(&span.to_span(), report.as_ref());
        report
    }

    /// Runs the receiver, an `async fn`. Returns `None` if it has been disabled.
    pub(super) fn run(self) -> impl Future<Output = Option<Report>> + Send {
        let span = self.sender_span.job_span(self.receiver());
        let context = self.context();
        let job_span = span.to_span();
        let call = self.into_call();
        let run = async move {
            let report = call.run().await;
            record_error(&job_span, report.as_ref());
            report
        };
        span.instrument(WithContext::new(run, move || context.clone()))
    }

    fn into_call(self) -> DeferredCall {
        DeferredCall {
            receiver: self.receiver(),
            owned: self.info.owned,
            number: self.info.number,
            context: Context::new(self.scope),
        }
    }

    /// Returns the context in which the receiver runs.
    fn context(&self) -> CurrentContext {
        CurrentContext {
            scope: self.scope.clone(),
            transaction: None,
            is_background: true,
        }
    }
}

/// Records the failure of a job in its span.
fn record_error(span: &Span, report: Option<&Report>) {
    if let Some(failure) = report.and_then(|report| report.failures().first()) {
        span.record_error(failure.kind().name());
    }
}

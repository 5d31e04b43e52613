//! Calls of one deferred receiver with the owned copy of its signal, for tasks that call nothing else.

use std::iter;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::awaited::{AwaitedDispatch, await_each};
use super::first_poll::FirstPoll;
use super::guarded::call_each;
use crate::context::{Context, CurrentContext, ErasedSignal};
use crate::info::ReceiverInfo;
use crate::report::{Exception, Mode, Report};
use crate::signal::Started;
use crate::trace::Span;

/// A deferred receiver and the signal that it is called with.
pub(crate) struct DeferredCall {
    pub(crate) owned: Arc<dyn ErasedSignal>,
    /// The number of the receiver among the deferred receivers of the signal.
    pub(crate) number: usize,
    pub(crate) receiver: &'static ReceiverInfo,
    pub(crate) context: Context,
}

impl DeferredCall {
    /// Calls the receiver, a `fn`, on this thread. Returns `None` if it is muted or disabled.
    pub(crate) fn call(&self) -> Option<Report> {
        let was_called = AtomicBool::new(false);
        let report = call_each(
            [(self.receiver, self.number)],
            &self.context,
            &|| self.owned.sender(),
            self.owned.dispatch_id(),
            |number, context| {
                was_called.store(true, Ordering::Relaxed);
                self.owned.call(number, context)
            },
        );
        reported(report, &was_called)
    }

    /// Runs the receiver, an `async fn`, in the current context. Returns `None` if it is muted or disabled.
    pub(crate) async fn run(self) -> Option<Report> {
        let Self {
            owned,
            number,
            receiver,
            context,
        } = self;
        let was_called = AtomicBool::new(false);
        let signal = Arc::clone(&owned);
        let start = || {
            // It may have been disabled while it waited.
            if context.mutes(receiver) {
                return Err(Exception::Skipped);
            }
            was_called.store(true, Ordering::Relaxed);
            let run = signal.start(number, context);
            let run = run.unwrap_or_else(|| unreachable!("the receiver is async"));
            Ok(Started::new(run))
        };
        let starting = iter::once((receiver, start));
        let dispatch = AwaitedDispatch {
            current: CurrentContext::get(),
            mode: Mode::Robust,
            span: Span::NONE,
            sender: || owned.sender(),
            dispatch: owned.dispatch_id(),
            receiver,
        };
        let first = FirstPoll::default();
        let report = await_each(dispatch, first, starting, |_, ()| {}).await;
        reported(report, &was_called)
    }
}

/// Returns `None` for a receiver that was neither called nor has failed. One that an extractor skips was called.
fn reported(report: Report, was_called: &AtomicBool) -> Option<Report> {
    (was_called.load(Ordering::Relaxed) || !report.is_ok()).then_some(report)
}

//! Calls of an `async fn` receiver with the owned copy of a signal.

use std::iter;
use std::sync::Arc;

use super::awaited::{AwaitedDispatch, await_each};
use super::first_poll::FirstPoll;
use crate::context::{Context, CurrentContext, ErasedSignal};
use crate::info::ReceiverInfo;
use crate::report::{Exception, Mode, Report};
use crate::signal::Started;
use crate::trace::Span;

/// Awaits a receiver that is an `async fn`, by its number, in the current context.
pub(crate) async fn await_owned(
    owned: Arc<dyn ErasedSignal>,
    number: usize,
    receiver: &'static ReceiverInfo,
    context: Context,
) -> Report {
    let signal = Arc::clone(&owned);
    let start = || {
        // It may have been disabled since the signal was sent.
        if receiver.is_disabled() {
            return Err(Exception::Skipped);
        }
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
        receiver,
    };
    await_each(dispatch, FirstPoll::default(), starting, |_, ()| {}).await
}

//! Receivers that are awaited concurrently.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::task::Poll;

use super::first_poll::FirstPoll;
use super::guarded::{GuardedCalls, refuse};
use super::join::{JoinList, Start};
use crate::context::CurrentContext;
use crate::info::ReceiverInfo;
use crate::observe::Watch;
use crate::recursion::{self, Level};
use crate::report::{DispatchId, Mode, Report};
use crate::signal::Starting;
use crate::trace::Span;
use crate::unwind::{self, drop_guarded};

/// A dispatch whose receivers are awaited.
pub(crate) struct AwaitedDispatch<Sender> {
    /// The context of the caller.
    pub(crate) current: CurrentContext,
    pub(crate) mode: Mode,
    pub(crate) span: Span,
    /// Returns the name and the id of the model that sends the signal.
    pub(crate) sender: Sender,
    /// The number of the dispatch, if it is observed.
    pub(crate) dispatch: Option<DispatchId>,
    /// The first receiver, which represents the dispatch if it is refused.
    pub(crate) receiver: &'static ReceiverInfo,
}

/// Starts the receivers after those of the first poll, and awaits all of them concurrently. Calls `answer` with
/// each reply.
pub(crate) async fn await_each<'c, R>(
    dispatch: AwaitedDispatch<impl Fn() -> Option<String>>,
    first: FirstPoll<'c, R>,
    mut starting: impl Iterator<Item = (&'static ReceiverInfo, impl FnOnce() -> Starting<'c, R>)>,
    mut answer: impl FnMut(&'static ReceiverInfo, R),
) -> Report {
    let AwaitedDispatch {
        current,
        mode,
        span,
        sender,
        dispatch,
        receiver,
    } = dispatch;
    let FirstPoll {
        mut level,
        mut breadth,
        delivered,
        mut last,
    } = first;
    let mut report = Report::of_delivered(delivered);
    let mut running = JoinList::new(current);
    poll_fn(|task| {
        let _entered = running.enter();
        let _in_span = span.enter();
        let Some(level) = level.take().or_else(Level::enter) else {
            report.add(refuse(receiver, &sender));
            return Poll::Ready(());
        };
        let Some(breadth_guard) = breadth.enter(level) else {
            report.add(refuse(receiver, &sender));
            level.end();
            return Poll::Ready(());
        };
        let mut calls = GuardedCalls::new(mode, level, &sender, dispatch);
        let starting = starting
            .by_ref()
            .map(|(info, start)| (info, started(info, dispatch, start)));
        let progress = running.poll(task, last.take(), starting, |info, watch, ended| {
            let ended = ended.map(|outcome| {
                outcome.map(|reply| {
                    // A receiver in a stopped chain has failed, regardless of what it returns.
                    if recursion::is_stopped() {
                        drop_guarded(reply);
                    } else {
                        answer(info, reply);
                    }
                })
            });
            // A veto does not cancel the other receivers, which have started.
            let _ = calls.record_outcome(info, watch, ended);
            if recursion::is_stopped() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        drop(breadth_guard);
        report.add(calls.into_report());
        if progress.is_break() || running.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    report
}

/// Starts a receiver. Returns its future, or its result if it ended before the first poll.
fn started<'c, R>(
    info: &'static ReceiverInfo,
    dispatch: Option<DispatchId>,
    start: impl FnOnce() -> Starting<'c, R>,
) -> Start<'c, R> {
    let watch = Watch::begin(info, dispatch);
    let starting = unwind::catch(|| {
        let _watched = watch.enter();
        start()
    });
    match starting {
        Ok(Ok(mut started)) => {
            started
                .as_mut()
                .label(info, watch.is_active().then_some(watch));
            Start::Started(started)
        }
        Ok(Err(undelivered)) => Start::Ended(watch, Ok(Err(undelivered))),
        Err(panic) => Start::Ended(watch, Err(panic)),
    }
}

//! The dispatch of async signals: calls the sync receivers in order, then awaits the async ones concurrently.

use std::future::poll_fn;
use std::iter;
use std::mem;
use std::sync::Arc;
use std::task::{self, Poll};

use super::deferred::{Deferred, DeferredSend};
#[cfg(feature = "tokio")]
use crate::background;
use crate::call::{
    AwaitedDispatch, Callee, Callees, DeliverAsync, DeliverOwned, FirstPoll, InvokeUnit, await_each,
};
use crate::connection::Connected;
use crate::context::{Context, CurrentContext};
use crate::info::{ReceiverInfo, guards_each_call};
use crate::observe::{RunOutcome, Watch};
use crate::registry::{Registered, Table};
use crate::report::{Mode, ReplyOf, Report, Until};
use crate::signal::Starting;
use crate::trace::{self, Span};
use crate::unwind::drop_guarded;

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers that are `fn`s, then awaits the others.
    pub async fn dispatch_async<S: DeliverAsync<Entry, Reply = ()>>(
        &'static self,
        signal: &S,
        mode: Mode,
    ) -> Report {
        let connected = self.async_connections().shared_snapshot();
        let mut report = self.dispatch_by(mode, InvokeUnit(signal));
        let callees = self.awaited(connected.as_ref());
        if callees.len() == 0 || report.is_vetoed() || report.is_stopped() {
            return report;
        }
        let guards_each_call = guards_each_call(self.connections().fast_path_blockers());
        let mut first = FirstPoll::default();
        if !guards_each_call
            && !trace::is_on()
            && poll_fn(|task| Poll::Ready(poll_first(&mut first, callees, signal, task))).await
        {
            report.add_delivered(callees.len());
            return report;
        }
        await_rest(report, callees, first, signal, mode, |_, ()| {}).await
    }

    fn awaited<'t>(
        &'static self,
        connected: Option<&'t Arc<Vec<Connected<Entry::AsyncHandler>>>>,
    ) -> Awaited<'t, Entry> {
        Callees {
            linked: &self.receivers().concurrent,
            connected: connected.map_or(&[], |connected| connected.as_slice()),
        }
    }

    /// Dispatches a signal with replies, and collects all replies or only the first answer.
    pub async fn dispatch_async_for_replies<S: DeliverAsync<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
        until: Until<S::Reply>,
    ) -> Report<S::Reply> {
        let connected = self.async_connections().shared_snapshot();
        let (report, replies) = self.ask(signal, mode, until);
        let is_answered = !replies.is_empty();
        let mut replies = Replies(replies);
        let callees = self.awaited(connected.as_ref());
        let answer = |receiver, reply| replies.0.push((receiver, reply));
        let report = match until {
            None => await_rest(report, callees, FirstPoll::default(), signal, mode, answer).await,
            Some(is_answer) => {
                ask_in_turn(report, callees, signal, is_answer, answer, is_answered).await
            }
        };
        let mut replies = mem::take(&mut replies.0);
        replies.sort_by_key(|(receiver, _)| callees.position(receiver));
        report.with_replies(replies)
    }

    /// Dispatches an `owned` signal, and defers the receivers that run later.
    pub fn dispatch_async_owned<S: DeliverAsync<Entry> + DeliverOwned<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
    ) -> impl Future<Output = Report> {
        self.dispatch_async_then(signal, mode, |_, _| {})
    }

    /// Dispatches an `owned` signal. After the receivers that run now, calls `then` with their report, in the context
    /// of the sender, if the signal has receivers that run later. There is no `await` in between.
    pub(super) async fn dispatch_async_then<S: DeliverAsync<Entry> + DeliverOwned<Entry>>(
        &'static self,
        signal: &S,
        mode: Mode,
        then: impl FnOnce(&Report, &DeferredSend),
    ) -> Report {
        let receivers = self.receivers();
        let report = self.dispatch_async(signal, mode);
        if receivers.deferred.all().is_empty() {
            return report.await;
        }
        let send = DeferredSend::begin();
        let current = send.current.clone();
        let mut report = report.await;
        let sender = || signal.__sender_model();
        let deferred = {
            let _entered = current.clone().enter();
            then(&report, &send);
            Deferred::begin(&mut report, send, &receivers.deferred, &sender, &mut || {
                signal.__to_owned().into_erased()
            })
        };
        #[cfg(feature = "tokio")]
        let mut deferred = deferred;
        #[cfg(feature = "tokio")]
        while let Some(job) = deferred.as_mut().and_then(Deferred::next_job) {
            report.add_handed_over(background::submit_async(job).await);
        }
        if let Some(deferred) = deferred {
            let _entered = current.enter();
            let call = receivers.caller(|shim, context| signal.__call(shim, context));
            deferred.end(&mut report, &receivers.deferred, &sender, &call);
        }
        report
    }
}

/// The replies so far. If the dispatch is cancelled, each reply is dropped under its own guard.
struct Replies<R>(Vec<ReplyOf<R>>);

impl<R> Drop for Replies<R> {
    fn drop(&mut self) {
        self.0.drain(..).for_each(drop_guarded);
    }
}

/// The receivers of a signal that are awaited.
type Awaited<'t, Entry> =
    Callees<'t, <Entry as Registered>::AsyncShim, <Entry as Registered>::AsyncHandler>;

/// Polls the receivers for the first time, and returns whether all succeeded.
#[inline]
fn poll_first<'c, S: DeliverAsync<Entry, Reply = ()>, Entry: Registered>(
    first: &mut FirstPoll<'c, ()>,
    callees: Awaited<'c, Entry>,
    signal: &'c S,
    task: &mut task::Context<'_>,
) -> bool {
    let callees = callees.iter().map(|callee| (callee.info(), callee));
    first.run(callees, task, |callee| {
        start(&callee, signal, Context::OUTSIDE)
    })
}

fn start<'c, S: DeliverAsync<Entry>, Entry: Registered>(
    callee: &Callee<'c, Entry::AsyncShim, Entry::AsyncHandler>,
    signal: &'c S,
    context: &'c Context,
) -> Starting<'c, S::Reply> {
    match callee {
        Callee::Linked(receiver) => signal.__start(receiver.shim, context),
        Callee::Connected(connected) => signal.__start_closure(&connected.handler, context),
    }
}

/// Awaits the receivers concurrently, after the sync receivers, whose report is `report`, and those of the first
/// poll. Calls `answer` with each reply.
async fn await_rest<'c, S: DeliverAsync<Entry>, Entry: Registered>(
    mut report: Report,
    callees: Awaited<'c, Entry>,
    first: FirstPoll<'c, S::Reply>,
    signal: &'c S,
    mode: Mode,
    answer: impl FnMut(&'static ReceiverInfo, S::Reply),
) -> Report {
    let Some(receiver) = callees.first() else {
        return report;
    };
    if report.is_vetoed() || report.is_stopped() {
        return report;
    }
    let current = CurrentContext::get();
    let context = &Context::new(current.scope.clone());
    let observed = report.dispatch_id();
    let mut skipped = 0;
    let starting = callees.iter().skip(first.started()).filter_map(|callee| {
        let info = callee.info();
        // Counted when it is skipped, since a receiver before it may disable or enable it.
        if context.mutes(info) {
            skipped += 1;
            Watch::of_uncalled(info, observed).report(RunOutcome::Skipped);
            return None;
        }
        Some((info, move || start(&callee, signal, context)))
    });
    let dispatch = AwaitedDispatch {
        current,
        mode,
        span: Span::of_dispatch(S::info()),
        sender: || signal.__sender_model(),
        dispatch: observed,
        receiver,
    };
    let awaited = await_each(dispatch, first, starting, answer).await;
    report.add(awaited);
    report.add_skipped(skipped);
    report.sort_failures_by_key(|receiver| callees.position(receiver));
    match mode {
        Mode::Robust => report,
        Mode::Strict => report.vetoed_by_first(),
    }
}

/// Awaits the receivers one after the other until one answers, after the sync receivers, whose report is
/// `report`.
async fn ask_in_turn<S: DeliverAsync<Entry>, Entry: Registered>(
    mut report: Report,
    callees: Awaited<'_, Entry>,
    signal: &S,
    is_answer: fn(&S::Reply) -> bool,
    mut answer: impl FnMut(&'static ReceiverInfo, S::Reply),
    mut is_answered: bool,
) -> Report {
    let current = CurrentContext::get();
    let context = Context::new(current.scope.clone());
    for callee in callees.iter() {
        let info = callee.info();
        if report.is_stopped() {
            break;
        } else if context.mutes(info) {
            report.add_skipped(usize::from(!is_answered));
            if !is_answered {
                Watch::of_uncalled(info, report.dispatch_id()).report(RunOutcome::Skipped);
            }
            continue;
        } else if is_answered {
            report.add_unasked(vec![info]);
            continue;
        }
        let starting = iter::once((info, || start(&callee, signal, &context)));
        let answer = |info, reply| {
            if is_answer(&reply) {
                is_answered = true;
                answer(info, reply);
            }
        };
        let dispatch = AwaitedDispatch {
            current: current.clone(),
            mode: Mode::Robust,
            span: Span::of_dispatch(S::info()),
            sender: || signal.__sender_model(),
            dispatch: report.dispatch_id(),
            receiver: info,
        };
        let asked = await_each(dispatch, FirstPoll::default(), starting, answer);
        report.add(asked.await);
    }
    report
}

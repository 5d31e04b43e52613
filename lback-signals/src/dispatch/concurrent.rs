//! Receivers that are awaited, all at the same time, behind those that are called.

use std::future::poll_fn;
use std::iter;
use std::mem;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::Arc;
use std::task::Poll;

use super::callee::Tell;
use super::careful::{Careful, refuse};
use super::later::Later;
use super::sending::Sending;
use super::{Mode, Until};
use crate::ambient::Ambient;
#[cfg(feature = "tokio")]
use crate::background;
use crate::delivery::Outcome;
use crate::extract::Context;
use crate::parcel::Kept;
use crate::quiet::drop_quietly;
use crate::receiver_info::ReceiverInfo;
use crate::recursion::{self, Breadth, Level};
use crate::registry::{Receiver, Registered, Table};
use crate::report::{Reply, Report};
use crate::running::{Ended, Link, Running, Starting};
use crate::signal::Signal;
use crate::trace::Span;

impl<Entry: Registered> Table<Entry> {
    /// Calls the receivers that are called, and awaits the others, each of which `start` starts.
    pub async fn dispatch_async<S: Signal>(
        &'static self,
        signal: &S,
        mode: Mode,
        function: impl Fn(Entry::Shim, &Context) -> Outcome + Copy,
        closure: impl Fn(&Entry::Handler, &Context) -> Outcome + Copy,
        start: impl for<'c> Fn(Entry::AsyncShim, &'c S, &'c Context) -> Starting<'c>,
    ) -> Report {
        let report = self.dispatch_by(signal, mode, Tell { function, closure });
        let receivers = &self.receivers().concurrent;
        await_all(report, receivers, signal, mode, start, |_, ()| {}).await
    }

    /// The same for a signal that is answered.
    pub async fn dispatch_async_for_replies<S: Signal, R>(
        &'static self,
        signal: &S,
        mode: Mode,
        until: Until<R>,
        function: impl Fn(Entry::Shim, &Context) -> Outcome<R> + Copy,
        closure: impl Fn(&Entry::Handler, &Context) -> Outcome<Option<R>> + Copy,
        start: impl for<'c> Fn(Entry::AsyncShim, &'c S, &'c Context) -> Starting<'c, R>,
    ) -> Report<R> {
        let (report, replies) = self.ask(signal, mode, until, function, closure);
        let is_answered = !replies.is_empty();
        let mut replies = Replies(replies);
        let receivers = &*self.receivers().concurrent;
        let answer = |receiver, reply| replies.0.push((receiver, reply));
        let report = match until {
            None => await_all(report, receivers, signal, mode, start, answer).await,
            Some(is_answer) => {
                ask_in_turn(
                    report,
                    receivers,
                    signal,
                    start,
                    is_answer,
                    answer,
                    is_answered,
                )
                .await
            }
        };
        let mut replies = mem::take(&mut replies.0);
        replies.sort_by_key(|(receiver, _)| place(receivers, receiver));
        report.with_replies(replies)
    }

    /// The same for a signal of which `keep` makes a copy for those that run later.
    pub async fn dispatch_async_owned<S: Signal, Fields: Send + Sync + 'static>(
        &'static self,
        signal: &S,
        mode: Mode,
        function: impl Fn(Entry::Shim, &Context) -> Outcome + Copy,
        closure: impl Fn(&Entry::Handler, &Context) -> Outcome + Copy,
        start: impl for<'c> Fn(Entry::AsyncShim, &'c S, &'c Context) -> Starting<'c>,
        keep: impl Fn() -> Kept<Fields, Entry::Shim, Entry::AsyncShim>,
    ) -> Report {
        let receivers = self.receivers();
        let report = self.dispatch_async(signal, mode, function, closure, start);
        if receivers.later.all().is_empty() {
            return report.await;
        }
        let sending = Sending::begin(&receivers.later);
        let ambient = sending.ambient.clone();
        #[cfg(feature = "tokio")]
        let mut sending = sending;
        #[cfg(feature = "tokio")]
        let report = sending.hold_during(report);
        let mut report = report.await;
        #[cfg(feature = "tokio")]
        let (sending, held) = sending.split();
        let sender = || signal.__sender_model();
        let begun = {
            let _entered = ambient.clone().enter();
            Later::begin(&mut report, sending, &receivers.later, &sender, &mut || {
                Arc::new(keep().addressed_to(receivers))
            })
        };
        #[cfg(feature = "tokio")]
        let mut begun = begun;
        #[cfg(feature = "tokio")]
        while let Some((sent, job)) = begun.as_mut().and_then(Later::next_job) {
            report.add_handed_over(background::hand_over_async(sent, job).await);
        }
        #[cfg(feature = "tokio")]
        if let Some(held) = held {
            held.hand_over_async().await;
        }
        if let Some(later) = begun {
            let _entered = ambient.enter();
            let call = receivers.caller(function);
            later.end(&mut report, &receivers.later, &sender, &call);
        }
        report
    }
}

/// What has been answered so far. If nobody waits for it any more, users' values are dropped, each by
/// itself.
struct Replies<R>(Vec<Reply<R>>);

impl<R> Drop for Replies<R> {
    fn drop(&mut self) {
        self.0.drain(..).for_each(drop_quietly);
    }
}

/// Goes on behind the receivers that have been called, which came to `report`.
///
/// `start` starts a receiver, and `answer` is told of each that answers.
async fn await_all<S: Signal, Shim: Copy, R>(
    mut report: Report,
    receivers: &'static [Receiver<Shim>],
    signal: &S,
    mode: Mode,
    start: impl for<'c> Fn(Shim, &'c S, &'c Context) -> Starting<'c, R>,
    answer: impl FnMut(&'static ReceiverInfo, R),
) -> Report {
    if receivers.is_empty() || report.is_vetoed() || report.is_stopped() {
        return report;
    }
    let ambient = Ambient::current();
    let context = Context::new(ambient.scope.clone());
    let is_heard = |receiver: &Receiver<Shim>| !context.mutes(receiver.info);
    report.add_skipped(receivers.iter().filter(|it| !is_heard(it)).count());
    let waiting = receivers.iter().enumerate();
    let starting = waiting
        .filter(|(_, it)| is_heard(it))
        .map(|(number, receiver)| {
            let start = || start(receiver.shim, signal, &context);
            (number, started(number, receiver.info, start))
        });
    let sender = || signal.__sender_model();
    let info = |number: usize| receivers[number].info;
    let span = Span::of_dispatch(S::info());
    let awaited = await_started(ambient, mode, span, sender, info, starting, answer).await;
    report.add(awaited);
    report.sort_failures_by_key(|receiver| place(receivers, receiver));
    match mode {
        Mode::Robust => report,
        Mode::Strict => report.vetoed_once(),
    }
}

/// Asks the receivers one after the other, behind those that have been called, which came to `report`,
/// until one answers.
async fn ask_in_turn<S: Signal, Shim: Copy, R>(
    mut report: Report,
    receivers: &'static [Receiver<Shim>],
    signal: &S,
    start: impl for<'c> Fn(Shim, &'c S, &'c Context) -> Starting<'c, R>,
    is_answer: fn(&R) -> bool,
    mut answer: impl FnMut(&'static ReceiverInfo, R),
    mut is_answered: bool,
) -> Report {
    let ambient = Ambient::current();
    let context = Context::new(ambient.scope.clone());
    for receiver in receivers {
        let info = receiver.info;
        if report.is_stopped() {
            break;
        } else if context.mutes(info) {
            report.add_skipped(usize::from(!is_answered));
            continue;
        } else if is_answered {
            report.add_unasked(vec![info]);
            continue;
        }
        let start = || start(receiver.shim, signal, &context);
        let starting = iter::once_with(|| (0, started(0, info, start)));
        let (ambient, span) = (ambient.clone(), Span::of_dispatch(S::info()));
        let sender = || signal.__sender_model();
        let answer = |info, reply| {
            if is_answer(&reply) {
                is_answered = true;
                answer(info, reply);
            }
        };
        let asked = await_started(
            ambient,
            Mode::Robust,
            span,
            sender,
            |_| info,
            starting,
            answer,
        );
        report.add(asked.await);
    }
    report
}

/// Awaits the receivers that `starting` gives by their numbers, all at the same time. `ambient` is what
/// holds here.
pub(crate) async fn await_started<'c, R>(
    ambient: Ambient,
    mode: Mode,
    span: Span,
    sender: impl Fn() -> Option<String>,
    info: impl Fn(usize) -> &'static ReceiverInfo,
    mut starting: impl Iterator<Item = (usize, Result<Link<'c, R>, Ended<R>>)>,
    mut answer: impl FnMut(&'static ReceiverInfo, R),
) -> Report {
    let mut report = Report::of_delivered(0);
    let mut running = Running::new(ambient);
    let mut breadth = Breadth::default();
    let mut is_begun = false;
    poll_fn(|task| {
        // At first they hold anyway.
        let _entered = mem::replace(&mut is_begun, true).then(|| running.ambient().enter());
        let _in_span = span.enter();
        let Some(level) = Level::enter_in_scope() else {
            report.add(refuse(info(0), &sender));
            return Poll::Ready(());
        };
        let Some(polled) = breadth.enter(level) else {
            report.add(refuse(info(0), &sender));
            level.end();
            return Poll::Ready(());
        };
        let mut careful = Careful::new(mode, level, &sender);
        let progress = running.poll(task, &mut starting, |number, ended| {
            let info = info(number);
            let ended = ended.map(|outcome| {
                outcome.map(|reply| {
                    // One that is being stopped has failed, whatever it returns.
                    if recursion::is_stopped() {
                        drop_quietly(reply);
                    } else {
                        answer(info, reply);
                    }
                })
            });
            // One that vetoes does not cancel the others, which have begun.
            let _ = careful.note(info, ended);
            if recursion::is_stopped() {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        });
        drop(polled);
        report.add(careful.into_report());
        if progress.is_break() || running.is_empty() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    report
}

/// A receiver that is about to be polled, or what it came to at once.
pub(crate) fn started<'c, R>(
    number: usize,
    info: &'static ReceiverInfo,
    start: impl FnOnce() -> Starting<'c, R>,
) -> Result<Link<'c, R>, Ended<R>> {
    let span = Span::of_receiver(info);
    let starting = catch_unwind(AssertUnwindSafe(|| {
        let _in_span = span.enter();
        start()
    }));
    match starting {
        Ok(Ok(mut started)) => {
            started.as_mut().label(number, span);
            Ok(started)
        }
        Ok(Err(undelivered)) => Err(Ok(Err(undelivered))),
        Err(panic) => Err(Err(panic)),
    }
}

/// Where a receiver stands among those that are awaited; `None` for those before them.
fn place<Shim>(receivers: &[Receiver<Shim>], info: &'static ReceiverInfo) -> Option<usize> {
    let mut receivers = receivers.iter();
    receivers.position(|receiver| ptr::eq(receiver.info, info))
}

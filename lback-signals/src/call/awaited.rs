//! Receivers that are awaited concurrently.

use std::future::poll_fn;
use std::ops::ControlFlow;
use std::task::Poll;

use super::guarded::{GuardedCalls, refuse};
use super::join::{Ended, JoinList};
use crate::context::CurrentContext;
use crate::info::ReceiverInfo;
use crate::recursion::{self, Breadth, Level};
use crate::report::{Mode, Report};
use crate::signal::{Link, Starting};
use crate::trace::Span;
use crate::unwind::{self, drop_guarded};

/// Awaits the numbered receivers of `starting` concurrently. `current` is the context of the caller.
pub(crate) async fn await_started<'c, R>(
    current: CurrentContext,
    mode: Mode,
    span: Span,
    sender: impl Fn() -> Option<String>,
    info: impl Fn(usize) -> &'static ReceiverInfo,
    mut starting: impl Iterator<Item = (usize, Result<Link<'c, R>, Ended<R>>)>,
    mut answer: impl FnMut(&'static ReceiverInfo, R),
) -> Report {
    let mut report = Report::of_delivered(0);
    let mut running = JoinList::new(current);
    let mut breadth = Breadth::default();
    poll_fn(|task| {
        let _entered = running.current().enter();
        let _in_span = span.enter();
        let Some(level) = Level::enter_in_scope() else {
            report.add(refuse(info(0), &sender));
            return Poll::Ready(());
        };
        let Some(breadth_guard) = breadth.enter(level) else {
            report.add(refuse(info(0), &sender));
            level.end();
            return Poll::Ready(());
        };
        let mut calls = GuardedCalls::new(mode, level, &sender);
        let progress = running.poll(task, &mut starting, |number, ended| {
            let info = info(number);
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
            let _ = calls.note(info, ended);
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
pub(crate) fn started<'c, R>(
    number: usize,
    info: &'static ReceiverInfo,
    start: impl FnOnce() -> Starting<'c, R>,
) -> Result<Link<'c, R>, Ended<R>> {
    let span = Span::of_receiver(info);
    let starting = unwind::catch(|| {
        let _in_span = span.enter();
        start()
    });
    match starting {
        Ok(Ok(mut started)) => {
            started.as_mut().label(number, span);
            Ok(started)
        }
        Ok(Err(undelivered)) => Err(Ok(Err(undelivered))),
        Err(panic) => Err(Err(panic)),
    }
}

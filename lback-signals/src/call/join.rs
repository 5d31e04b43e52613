//! Started `async fn` receivers, as an intrusive list.

use std::ops::ControlFlow;
use std::task::{Context, Poll};

use super::first_poll::Last;
use crate::context::{CurrentContext, Entered};
use crate::info::ReceiverInfo;
use crate::observe::Watch;
use crate::recursion;
use crate::report::{Exception, Outcome, guard_user_code};
use crate::signal::Link;
use crate::unwind::{self, Payload, drop_guarded};

/// The outcome of a receiver, or the payload of its panic.
pub(crate) type Ended<R> = Result<Outcome<R>, Payload>;

/// A receiver whose future has been made, or that ended before.
pub(crate) enum Start<'c, R> {
    Started(Link<'c, R>),
    Ended(Watch, Ended<R>),
}

/// Started receivers, in order. A drop cancels the receivers that have not completed.
pub(crate) struct JoinList<'c, R> {
    first: Option<Link<'c, R>>,
    /// The context in which the receivers are polled and dropped.
    current: CurrentContext,
}

impl<'c, R> JoinList<'c, R> {
    pub(crate) fn new(current: CurrentContext) -> Self {
        Self {
            first: None,
            current,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    /// Enters the context of the receivers.
    pub(crate) fn enter(&self) -> Option<Entered> {
        self.current.enter_unless_current()
    }

    /// Polls all receivers, then adds the last one of the first poll, and then starts
    /// and polls those of `starting`.
    ///
    /// Calls `end` with each receiver that completes. `end` decides whether to continue.
    pub(crate) fn poll(
        &mut self,
        task: &mut Context<'_>,
        last: Option<Last<'c, R>>,
        starting: impl Iterator<Item = (&'static ReceiverInfo, Start<'c, R>)>,
        mut end: impl FnMut(&'static ReceiverInfo, Watch, Ended<R>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut link = &mut self.first;
        while let Some(started) = link.take() {
            let info = started.receiver();
            match poll_once(started, task) {
                Polled::Pending(pending) => link = append(link, pending),
                Polled::Ended(watch, ended, next) => {
                    *link = next;
                    end(info, watch, ended)?;
                }
            }
        }
        match last {
            Some(Last::Pending(pending)) => link = append(link, pending),
            Some(Last::Ended(info, ended)) => end(info, Watch::NONE, ended)?,
            None => {}
        }
        for (info, started) in starting {
            let started = match started {
                Start::Started(started) => started,
                Start::Ended(watch, ended) => {
                    end(info, watch, ended)?;
                    continue;
                }
            };
            match poll_once(started, task) {
                Polled::Pending(pending) => link = append(link, pending),
                Polled::Ended(watch, ended, _) => end(info, watch, ended)?,
            }
        }
        ControlFlow::Continue(())
    }
}

/// Stores a receiver and returns the link after it.
fn append<'l, 'c, R>(
    link: &'l mut Option<Link<'c, R>>,
    pending: Link<'c, R>,
) -> &'l mut Option<Link<'c, R>> {
    link.insert(pending).as_mut().project().next
}

/// A receiver that was polled.
enum Polled<'c, R> {
    Pending(Link<'c, R>),
    /// The watch, the outcome, and the receivers that were after this one.
    Ended(Watch, Ended<R>, Option<Link<'c, R>>),
}

fn poll_once<'c, R>(mut started: Link<'c, R>, task: &mut Context<'_>) -> Polled<'c, R> {
    let ended = match unwind::catch(|| started.as_mut().poll(task)) {
        Ok(Poll::Pending) if !recursion::is_stopped() => return Polled::Pending(started),
        // A stopped chain awaits no receiver. `end` reports why.
        Ok(Poll::Pending) => Ok(Err(Exception::Skipped)),
        Ok(Poll::Ready(outcome)) => Ok(outcome),
        Err(panic) => Err(panic),
    };
    let next = started.as_mut().project().next.take();
    let mut watch = started.as_mut().take_watch();
    watch.stop();
    drop_watched(&watch, started);
    Polled::Ended(watch, ended, next)
}

/// Drops a receiver, as the sender of the signals that its values send when they are dropped.
fn drop_watched<R>(watch: &Watch, started: Link<'_, R>) {
    let _watched = watch.enter();
    drop_guarded(started);
}

impl<R> Drop for JoinList<'_, R> {
    /// Drops the receivers in order, in the context in which they are polled. A panic in one does not affect
    /// the others.
    fn drop(&mut self) {
        if self.first.is_none() {
            return;
        }
        let _entered = self.enter();
        guard_user_code(|| {
            while let Some(mut started) = self.first.take() {
                self.first = started.as_mut().project().next.take();
                let watch = started.as_mut().take_watch();
                drop_watched(&watch, started);
            }
        });
    }
}

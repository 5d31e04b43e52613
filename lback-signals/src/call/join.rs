//! Started `async fn` receivers, as an intrusive list.
//!
//! Each receiver is one allocation, which holds its future and the link to the next receiver.

use std::ops::ControlFlow;
use std::task::{Context, Poll};

use crate::context::CurrentContext;
use crate::recursion;
use crate::report::{Exception, Outcome, guard_user_code};
use crate::signal::Link;
use crate::unwind::{self, Payload, drop_guarded};

/// The outcome of a receiver, or the payload of its panic.
pub(crate) type Ended<R> = Result<Outcome<R>, Payload>;

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

    pub(crate) fn current(&self) -> CurrentContext {
        self.current.clone()
    }

    /// Polls all receivers, then adds and polls those of `starting`.
    ///
    /// Calls `end` with the number of each receiver that completes. `end` decides whether to continue.
    pub(crate) fn poll(
        &mut self,
        task: &mut Context<'_>,
        mut starting: impl Iterator<Item = (usize, Result<Link<'c, R>, Ended<R>>)>,
        mut end: impl FnMut(usize, Ended<R>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut link = &mut self.first;
        loop {
            let mut started = match link.take() {
                Some(started) => started,
                None => match starting.next() {
                    Some((_, Ok(started))) => started,
                    Some((receiver, Err(ended))) => {
                        end(receiver, ended)?;
                        continue;
                    }
                    None => return ControlFlow::Continue(()),
                },
            };
            let poll = || started.as_mut().poll(task);
            let ended = match unwind::catch(poll) {
                Ok(Poll::Pending) if !recursion::is_stopped() => {
                    link = link.insert(started).as_mut().project().next;
                    continue;
                }
                // A stopped chain awaits no receiver. `end` reports why.
                Ok(Poll::Pending) => Ok(Err(Exception::Skipped)),
                Ok(Poll::Ready(outcome)) => Ok(outcome),
                Err(panic) => Err(panic),
            };
            let this = started.as_mut().project();
            *link = this.next.take();
            let receiver = *this.receiver;
            drop_guarded(started);
            end(receiver, ended)?;
        }
    }
}

impl<R> Drop for JoinList<'_, R> {
    /// Drops the receivers in order, in the context in which they are polled. A panic in one does not affect
    /// the others.
    fn drop(&mut self) {
        if self.first.is_none() {
            return;
        }
        let _entered = self.current().enter();
        guard_user_code(|| {
            while let Some(mut started) = self.first.take() {
                self.first = started.as_mut().project().next.take();
                drop_guarded(started);
            }
        });
    }
}

//! `async fn` receivers between their start and their end.
//!
//! Each is one allocation: the future, and beside it the link to the next of the list.

use std::any::Any;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::{Context, Poll};

use crate::context::CurrentContext;
use crate::recursion;
use crate::report::{Exception, Outcome, guard_user_code};
use crate::signal::Link;
use crate::unwind::drop_guarded;

/// What a receiver came to, or with what it panicked.
pub(crate) type Ended<R> = Result<Outcome<R>, Box<dyn Any + Send>>;

/// Receivers that have been started, in order. Those that are still running when this is dropped
/// are cancelled.
pub(crate) struct JoinList<'c, R> {
    first: Option<Link<'c, R>>,
    /// What holds for them, wherever they are polled or dropped.
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

    /// Polls all of them, and then each of those that `starting` gives, which join them. `end` is told
    /// of each that comes to its end, by its number, and says whether to go on.
    pub(crate) fn poll(
        &mut self,
        task: &mut Context<'_>,
        mut starting: impl Iterator<Item = (usize, Result<Link<'c, R>, Ended<R>>)>,
        mut end: impl FnMut(usize, Ended<R>) -> ControlFlow<()>,
    ) -> ControlFlow<()> {
        let mut place = &mut self.first;
        loop {
            let mut started = match place.take() {
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
            let ended = match catch_unwind(AssertUnwindSafe(poll)) {
                Ok(Poll::Pending) if !recursion::is_stopped() => {
                    place = place.insert(started).as_mut().project().next;
                    continue;
                }
                // It is not waited for, and whoever is told of it sees why.
                Ok(Poll::Pending) => Ok(Err(Exception::Skipped)),
                Ok(Poll::Ready(outcome)) => Ok(outcome),
                Err(panic) => Err(panic),
            };
            let this = started.as_mut().project();
            *place = this.next.take();
            let receiver = *this.receiver;
            drop_guarded(started);
            end(receiver, ended)?;
        }
    }
}

impl<R> Drop for JoinList<'_, R> {
    /// One after the other, in order, each by itself, and where they would have been polled.
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

//! `async fn` receivers between their start and their end.
//!
//! Each is one allocation: the future, and beside it the link to the next of the list.

use std::any::Any;
use std::fmt;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};

use pin_project_lite::pin_project;

use crate::ambient::Ambient;
use crate::delivery::{Outcome, Undelivered};
use crate::failure::guard_user_code;
use crate::quiet::drop_quietly;
use crate::recursion;
use crate::trace::Span;

pin_project! {
    /// A receiver that has been started.
    // Not public API. Used by generated code.
    #[doc(hidden)]
    pub struct Started<'c, R, F: ?Sized> {
        receiver: usize,
        span: Span,
        next: Option<Link<'c, R>>,
        #[pin]
        future: F,
    }
}

/// One of whichever receiver.
pub(crate) type Link<'c, R = ()> =
    Pin<Box<Started<'c, R, dyn Future<Output = Outcome<R>> + Send + 'c>>>;

/// What comes of starting a receiver, one of whose parameters may ask to pass it over.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type Starting<'c, R = ()> = Result<Link<'c, R>, Undelivered>;

/// What a receiver came to, or with what it panicked.
pub(crate) type Ended<R> = Result<Outcome<R>, Box<dyn Any + Send>>;

impl<'c, R> Started<'c, R, dyn Future<Output = Outcome<R>> + Send + 'c> {
    pub(crate) fn new(future: impl Future<Output = Outcome<R>> + Send + 'c) -> Link<'c, R> {
        Box::pin(Started {
            receiver: 0,
            span: Span::NONE,
            next: None,
            future,
        })
    }

    /// Says which of the receivers it is, and what to enter while it is polled.
    pub(crate) fn label(self: Pin<&mut Self>, receiver: usize, span: Span) {
        let this = self.project();
        *this.receiver = receiver;
        *this.span = span;
    }
}

/// So that a receiver in the background can simply be awaited.
impl<R, F: Future + ?Sized> Future for Started<'_, R, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.span.enter();
        this.future.poll(task)
    }
}

impl<R, F: ?Sized> fmt::Debug for Started<'_, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started").finish_non_exhaustive()
    }
}

/// Receivers that have been started, in order. Those that are still running when this is dropped
/// are cancelled.
pub(crate) struct Running<'c, R> {
    first: Option<Link<'c, R>>,
    /// What holds for them, wherever they are polled or dropped.
    ambient: Ambient,
}

impl<'c, R> Running<'c, R> {
    pub(crate) fn new(ambient: Ambient) -> Self {
        Self {
            first: None,
            ambient,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(crate) fn ambient(&self) -> Ambient {
        self.ambient.clone()
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
                Ok(Poll::Pending) => Ok(Err(Undelivered::Skipped)),
                Ok(Poll::Ready(outcome)) => Ok(outcome),
                Err(panic) => Err(panic),
            };
            let this = started.as_mut().project();
            *place = this.next.take();
            let receiver = *this.receiver;
            drop_quietly(started);
            end(receiver, ended)?;
        }
    }
}

impl<R> Drop for Running<'_, R> {
    /// One after the other, in order, each by itself, and where they would have been polled.
    fn drop(&mut self) {
        if self.first.is_none() {
            return;
        }
        let _entered = self.ambient().enter();
        guard_user_code(|| {
            while let Some(mut started) = self.first.take() {
                self.first = started.as_mut().project().next.take();
                drop_quietly(started);
            }
        });
    }
}

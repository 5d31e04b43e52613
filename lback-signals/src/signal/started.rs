//! `async fn` receivers that have been started.
//!
//! Each is one allocation: the future, and beside it the link to the next of the list.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::report::{Exception, Outcome};
use crate::trace::Span;
use pin_project_lite::pin_project;

pin_project! {
    /// A receiver that has been started.
    // Not public API. Used by generated code.
    #[doc(hidden)]
    pub struct Started<'c, R, F: ?Sized> {
        pub(crate) receiver: usize,
        span: Span,
        pub(crate) next: Option<Link<'c, R>>,
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
pub type Starting<'c, R = ()> = Result<Link<'c, R>, Exception>;

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

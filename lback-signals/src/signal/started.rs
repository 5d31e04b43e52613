//! Started `async fn` receivers.
//!
//! Each is one allocation, which holds the future and the link to the next receiver of a list.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use crate::info::ReceiverInfo;
use crate::observe::Watch;
use crate::report::{Exception, Outcome};
use pin_project_lite::pin_project;

pin_project! {
    /// A started `async fn` receiver.
    // Not public API. Used by generated code.
    #[doc(hidden)]
    pub struct Started<'c, R, F: ?Sized> {
        // `None` until it is labelled.
        receiver: Option<&'static ReceiverInfo>,
        // Boxed, to keep the allocation small.
        watch: Option<Box<Watch>>,
        pub(crate) next: Option<Link<'c, R>>,
        #[pin]
        future: F,
    }
}

/// A started receiver of any type, as an element of a list.
pub(crate) type Link<'c, R = ()> =
    Pin<Box<Started<'c, R, dyn Future<Output = Outcome<R>> + Send + 'c>>>;

/// The result of starting a receiver, which a parameter may reject.
// Not public API. Used by generated code.
#[doc(hidden)]
pub type Starting<'c, R = ()> = Result<Link<'c, R>, Exception>;

impl<'c, R> Started<'c, R, dyn Future<Output = Outcome<R>> + Send + 'c> {
    pub(crate) fn new(future: impl Future<Output = Outcome<R>> + Send + 'c) -> Link<'c, R> {
        Box::pin(Started {
            receiver: None,
            watch: None,
            next: None,
            future,
        })
    }

    /// Sets the receiver's metadata, and the watch that is entered for each poll.
    pub(crate) fn label(
        self: Pin<&mut Self>,
        receiver: &'static ReceiverInfo,
        watch: Option<Watch>,
    ) {
        let this = self.project();
        *this.receiver = Some(receiver);
        *this.watch = watch.map(Box::new);
    }

    /// Returns the watch over a receiver that has ended.
    pub(crate) fn take_watch(self: Pin<&mut Self>) -> Watch {
        self.project()
            .watch
            .take()
            .map_or(Watch::NONE, |watch| *watch)
    }

    /// Returns the metadata of a receiver that is in a list.
    pub(crate) fn receiver(&self) -> &'static ReceiverInfo {
        match self.receiver {
            Some(receiver) => receiver,
            None => unreachable!("a receiver is labelled before it is listed"),
        }
    }
}

/// Background receivers are awaited directly, outside a list.
impl<R, F: Future + ?Sized> Future for Started<'_, R, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, task: &mut Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let _entered = this.watch.as_deref().map(Watch::enter);
        this.future.poll(task)
    }
}

impl<R, F: ?Sized> fmt::Debug for Started<'_, R, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Started").finish_non_exhaustive()
    }
}

//! What holds for a stretch of execution: the scope and the transaction that code runs in.
//!
//! It is kept a thread, and installed around each poll of a future, so that it follows a task from
//! thread to thread and no other task sees it.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::frame::Frame;
use super::transaction::TransactionNode;
use crate::recursion;

thread_local! {
    /// Never dropped, so that it is there for as long as its thread is: who enters also leaves, so that
    /// nothing is in it when the thread ends.
    static CURRENT: RefCell<ManuallyDrop<CurrentContext>> =
        const { RefCell::new(ManuallyDrop::new(CurrentContext::EMPTY)) };
}

/// The innermost scope, the innermost transaction, and which side of the background's queue this is.
#[derive(Clone, Default)]
pub(crate) struct CurrentContext {
    pub(crate) scope: Option<Arc<Frame>>,
    pub(crate) transaction: Option<Arc<TransactionNode>>,
    /// Whether this is a receiver in the background, or what one has taken along.
    #[cfg(feature = "tokio")]
    pub(crate) is_background: bool,
}

impl CurrentContext {
    const EMPTY: Self = Self {
        scope: None,
        transaction: None,
        #[cfg(feature = "tokio")]
        is_background: false,
    };

    /// What holds here.
    pub(crate) fn get() -> Self {
        CURRENT.with_borrow(|current| Self::clone(current))
    }

    /// Whether this is a receiver in the background.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_background() -> bool {
        CURRENT.with_borrow(|current| current.is_background)
    }

    /// The same, where it is entered by other code than has left it: a receiver in the background is
    /// one, wherever what holds there is from.
    pub(crate) fn inherited(self) -> Self {
        Self {
            #[cfg(feature = "tokio")]
            is_background: self.is_background || Self::is_background(),
            ..self
        }
    }

    /// Makes it hold on this thread, in place of what held until now, until the guard is dropped.
    pub(crate) fn enter(self) -> Entered {
        Entered {
            outer: Some(self.replace()),
            not_send: PhantomData,
        }
    }

    fn replace(self) -> Self {
        recursion::set_in_scope(self.scope.is_some());
        ManuallyDrop::into_inner(CURRENT.replace(ManuallyDrop::new(self)))
    }
}

/// While it lives, something else holds on this thread than around it.
pub(crate) struct Entered {
    /// What held, and will again.
    outer: Option<CurrentContext>,
    not_send: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.outer.take().map(CurrentContext::replace);
    }
}

/// A future in which something else holds than around it: while it is polled, and while it is
/// dropped.
pub(crate) struct WithContext<F: Future, A: Fn() -> CurrentContext> {
    current: A,
    /// On the heap, where it stays in place. `None` while it is being dropped.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future, A: Fn() -> CurrentContext> WithContext<F, A> {
    /// `current` is asked at each poll for what holds inside, since what holds around may change.
    pub(crate) fn new(future: F, current: A) -> Self {
        Self {
            current,
            future: Some(Box::pin(future)),
        }
    }
}

impl<F: Future, A: Fn() -> CurrentContext + Unpin> Future for WithContext<F, A> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = (self.current)().enter();
        match &mut self.future {
            Some(future) => future.as_mut().poll(context),
            None => unreachable!("it is taken out when it is dropped"),
        }
    }
}

impl<F: Future, A: Fn() -> CurrentContext> Drop for WithContext<F, A> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            let _entered = (self.current)().enter();
            drop(future);
        }
    }
}

//! The current context: the scope and the transaction that code runs in.
//!
//! The context is thread-local. [`WithContext`] installs it for each poll of a future, so that it follows
//! a task between threads and other tasks do not see it.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::frame::Frame;
use super::transaction_node::TransactionNode;
use crate::recursion;

thread_local! {
    /// Not dropped, so that the context is accessible while other thread-locals are. Each `enter` has its
    /// `Entered`, so the context is empty when the thread ends.
    static CURRENT: RefCell<ManuallyDrop<CurrentContext>> =
        const { RefCell::new(ManuallyDrop::new(CurrentContext::EMPTY)) };
}

/// The innermost scope, the innermost transaction, and whether a background receiver is running.
#[derive(Clone, Default)]
pub(crate) struct CurrentContext {
    pub(crate) scope: Option<Arc<Frame>>,
    pub(crate) transaction: Option<Arc<TransactionNode>>,
    /// Whether this code is a background receiver, or was started by one with its context.
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

    /// Returns the current context.
    pub(crate) fn get() -> Self {
        CURRENT.with_borrow(|current| Self::clone(current))
    }

    /// Returns the innermost scope.
    pub(crate) fn scope() -> Option<Arc<Frame>> {
        CURRENT.with_borrow(|current| current.scope.clone())
    }

    /// Returns whether the current code is a background receiver.
    #[cfg(feature = "tokio")]
    pub(crate) fn is_background() -> bool {
        CURRENT.with_borrow(|current| current.is_background)
    }

    /// Prepares a captured context to be entered by other code: a background receiver remains one in a
    /// context that was captured outside the background.
    pub(crate) fn inherited(self) -> Self {
        Self {
            #[cfg(feature = "tokio")]
            is_background: self.is_background || Self::is_background(),
            ..self
        }
    }

    /// Installs this context on the current thread until the guard is dropped.
    pub(crate) fn enter(self) -> Entered {
        Entered {
            outer: Some(self.replace()),
            not_send: PhantomData,
        }
    }

    /// Installs this context like [`enter`](Self::enter), if it is not installed already.
    pub(crate) fn enter_unless_current(&self) -> Option<Entered> {
        let is_current = CURRENT.with_borrow(|current| self.is(current));
        (!is_current).then(|| self.clone().enter())
    }

    fn is(&self, other: &Self) -> bool {
        #[cfg(feature = "tokio")]
        if self.is_background != other.is_background {
            return false;
        }
        is_same(self.scope.as_ref(), other.scope.as_ref())
            && is_same(self.transaction.as_ref(), other.transaction.as_ref())
    }

    fn replace(self) -> Self {
        recursion::set_in_scope(self.scope.is_some());
        ManuallyDrop::into_inner(CURRENT.replace(ManuallyDrop::new(self)))
    }
}

fn is_same<T>(one: Option<&Arc<T>>, other: Option<&Arc<T>>) -> bool {
    one.map(Arc::as_ptr) == other.map(Arc::as_ptr)
}

/// Guard that restores the previous context when it is dropped.
pub(crate) struct Entered {
    /// The previous context.
    outer: Option<CurrentContext>,
    not_send: PhantomData<*const ()>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        self.outer.take().map(CurrentContext::replace);
    }
}

/// A future that is polled and dropped in another context.
pub(crate) struct WithContext<F: Future, C: Fn() -> CurrentContext> {
    current: C,
    /// `None` while the future is dropped.
    future: Option<Pin<Box<F>>>,
}

impl<F: Future, C: Fn() -> CurrentContext> WithContext<F, C> {
    /// `current` returns the context of each poll, since it may depend on the context of the caller.
    pub(crate) fn new(future: F, current: C) -> Self {
        Self {
            current,
            future: Some(Box::pin(future)),
        }
    }
}

impl<F: Future, C: Fn() -> CurrentContext + Unpin> Future for WithContext<F, C> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let _entered = (self.current)().enter();
        match &mut self.future {
            Some(future) => future.as_mut().poll(context),
            None => unreachable!("the future is taken only on drop"),
        }
    }
}

impl<F: Future, C: Fn() -> CurrentContext> Drop for WithContext<F, C> {
    fn drop(&mut self) {
        if let Some(future) = self.future.take() {
            let _entered = (self.current)().enter();
            drop(future);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::context::Layer;

    #[test]
    fn contexts_are_the_same_only_if_each_part_is() {
        let frame = || Some(Arc::new(Frame::new(Arc::new(Layer::default()), None)));
        let transaction = || Some(Arc::new(TransactionNode::new(None)));
        let contexts = [
            CurrentContext::EMPTY,
            CurrentContext {
                scope: frame(),
                ..CurrentContext::EMPTY
            },
            CurrentContext {
                scope: frame(),
                ..CurrentContext::EMPTY
            },
            CurrentContext {
                transaction: transaction(),
                ..CurrentContext::EMPTY
            },
            CurrentContext {
                transaction: transaction(),
                ..CurrentContext::EMPTY
            },
            #[cfg(feature = "tokio")]
            CurrentContext {
                is_background: true,
                ..CurrentContext::EMPTY
            },
        ];
        for (index, one) in contexts.iter().enumerate() {
            for (other_index, other) in contexts.iter().enumerate() {
                assert_eq!(one.is(other), index == other_index);
            }
        }
    }
}

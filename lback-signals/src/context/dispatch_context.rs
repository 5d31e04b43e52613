//! The context of one dispatch.

use std::sync::Arc;

#[cfg(feature = "durable")]
use super::current_delivery::CurrentDelivery;
#[cfg(feature = "durable")]
use super::frame::Layer;
use super::frame::{Frame, is_muted};
use super::resources;
use crate::info::ReceiverInfo;
use crate::report::Rejection;

/// The context of one dispatch, which gives access to resources.
///
/// [`FromSignal::from_signal`](crate::FromSignal::from_signal) gets it with the signal.
#[derive(Debug)]
pub struct Context {
    /// Owned for the dispatch, since receivers borrow resources from it.
    scope: Option<Arc<Frame>>,
}

impl Context {
    /// The context outside any scope.
    pub(crate) const OUTSIDE: &'static Self = {
        static OUTSIDE: Context = Context { scope: None };
        &OUTSIDE
    };

    pub(crate) fn new(scope: Option<Arc<Frame>>) -> Self {
        Self { scope }
    }

    /// Returns the context of a durable receiver.
    ///
    /// The delivery is a resource of a scope around this receiver, so that no other dispatch pays for it.
    #[cfg(feature = "durable")]
    pub(crate) fn of_delivery(scope: Option<Arc<Frame>>, delivery: Arc<CurrentDelivery>) -> Self {
        let mut layer = Layer::default();
        layer.provide(delivery);
        let frame = Frame::new(Arc::new(layer), scope);
        Self::new(Some(Arc::new(frame)))
    }

    /// Returns the delivery that a durable receiver is called for. `None` for any other receiver.
    #[cfg(feature = "durable")]
    pub(crate) fn delivery(&self) -> Option<&CurrentDelivery> {
        let delivery = self.scope()?.resource::<CurrentDelivery>()?;
        Some(delivery)
    }

    pub(crate) fn scope(&self) -> Option<&Frame> {
        self.scope.as_deref()
    }

    /// Returns whether the scope mutes the receiver or the receiver is disabled.
    pub(crate) fn mutes(&self, receiver: &ReceiverInfo) -> bool {
        is_muted(self.scope(), receiver)
    }

    /// Returns the resource of the innermost scope that provides one, or else the one of the process.
    #[inline]
    pub(crate) fn provided<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        let resource = match &self.scope {
            None => resources::provided(),
            Some(scope) => scope.resource().or_else(|| resources::provided()),
        };
        resource.map(|resource| &**resource)
    }

    /// Returns the resource of type `T`: the one of the innermost scope that provides one, or else the
    /// one of the process.
    ///
    /// # Errors
    ///
    /// Returns a rejection if neither provides one. Returned from `from_signal`, it makes the receiver
    /// fail with [`MissingResource`](crate::FailureKind::MissingResource).
    #[inline]
    pub fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> Result<&T, Rejection> {
        self.provided().ok_or_else(Rejection::missing::<T>)
    }
}

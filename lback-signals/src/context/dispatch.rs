//! What the parameters of one dispatch share.

use std::sync::Arc;

use super::frame::{Frame, is_muted};
use super::resources;
use crate::info::ReceiverInfo;
use crate::report::Rejection;

/// What the parameters of one dispatch share.
///
/// It is handed to [`FromSignal::from_signal`].
#[derive(Debug)]
pub struct Context {
    /// Kept alive for the dispatch, since receivers borrow from it.
    scope: Option<Arc<Frame>>,
}

impl Context {
    /// Where no scope holds.
    pub(crate) const OUTSIDE: &'static Self = {
        static OUTSIDE: Context = Context { scope: None };
        &OUTSIDE
    };

    pub(crate) fn new(scope: Option<Arc<Frame>>) -> Self {
        Self { scope }
    }

    pub(crate) fn scope(&self) -> Option<&Frame> {
        self.scope.as_deref()
    }

    /// Whether its scope keeps the receiver from being called, or the receiver is disabled.
    pub(crate) fn mutes(&self, receiver: &ReceiverInfo) -> bool {
        is_muted(self.scope(), receiver)
    }

    /// The innermost scope's resource of a type, or else the process's.
    #[inline]
    pub(crate) fn provided<T: ?Sized + Send + Sync + 'static>(&self) -> Option<&T> {
        let resource = match &self.scope {
            None => resources::provided(),
            Some(scope) => scope.resource().or_else(|| resources::provided()),
        };
        resource.map(|resource| &**resource)
    }

    /// The resource of a type.
    ///
    /// # Errors
    ///
    /// The rejection that makes the receiver fail with
    /// [`MissingResource`](FailureKind::MissingResource), if nothing provides one. Whoever can do
    /// without it goes on instead.
    #[inline]
    pub fn resource<T: ?Sized + Send + Sync + 'static>(&self) -> Result<&T, Rejection> {
        self.provided().ok_or_else(Rejection::missing::<T>)
    }
}

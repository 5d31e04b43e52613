//! Rejections by parameters of receivers.

use super::failure::{BoxError, FailureKind};
use super::missing::MissingResource;

/// Error returned by [`FromSignal::from_signal`](crate::FromSignal::from_signal): the receiver is not
/// called.
#[derive(Debug)]
pub struct Rejection(pub(crate) Option<FailureKind>);

impl Rejection {
    /// Skips the receiver, which is not a failure.
    #[must_use]
    pub fn skip() -> Self {
        Self(None)
    }

    /// Makes the receiver fail with this reason.
    #[must_use]
    pub fn fail(reason: impl Into<BoxError>) -> Self {
        Self(Some(FailureKind::Error(reason.into())))
    }

    #[cold]
    pub(crate) fn missing<T: ?Sized>() -> Self {
        let resource = MissingResource::of::<T>();
        Self(Some(FailureKind::MissingResource(resource)))
    }
}

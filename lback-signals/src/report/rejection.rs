//! Why a parameter of a receiver has no value.

use super::failure::{BoxError, FailureKind};
use super::missing::MissingResource;

/// Why a parameter has no value, so that its receiver is not called.
#[derive(Debug)]
pub struct Rejection(pub(crate) Option<FailureKind>);

impl Rejection {
    /// The receiver does not want this one: it counts as skipped, which is no failure.
    #[must_use]
    pub fn skip() -> Self {
        Self(None)
    }

    /// The receiver cannot do its work: it counts as failed, for this reason.
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

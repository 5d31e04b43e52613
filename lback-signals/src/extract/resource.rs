//! Resources as parameters.

use super::FromSignal;
use crate::context::Context;
use crate::info::Needs;
use crate::report::Rejection;
use crate::signal::Signal;

/// A resource: the value of type `T` that a [`Scope`](crate::Scope) around the sender provides, or
/// else the process by [`provide`](crate::provide).
///
/// A receiver that takes one fails with
/// [`MissingResource`](crate::FailureKind::MissingResource) where there is none, and the others
/// run. One that takes an `Option<Res<'_, T>>` is called all the same.
///
/// ```
/// use lback_signals::{FailureKind, Res, Signal, receiver, signal};
///
/// struct Metrics;
///
/// #[signal]
/// struct Visited;
///
/// #[receiver(signal = Visited)]
/// fn count(_: &Visited, metrics: Option<Res<'_, Metrics>>) {
///     assert!(metrics.is_none());
/// }
///
/// #[receiver(signal = Visited)]
/// fn count_exactly(_: &Visited, _: Res<'_, Metrics>) {}
///
/// let report = Visited.send();
/// assert_eq!(report.delivered(), 1);
/// assert!(matches!(report.failures()[0].kind(), FailureKind::MissingResource(_)));
/// ```
pub struct Res<'s, T: ?Sized>(&'s T);

implement_reference!(Res);

impl<'s, S: Signal, T: ?Sized + Send + Sync + 'static> FromSignal<'s, S> for Res<'s, T> {
    #[inline]
    fn from_signal(_: &'s S, context: &'s Context) -> Result<Self, Rejection> {
        context.resource().map(Self)
    }

    fn needs(needs: &mut Needs) {
        needs.resource::<T>();
    }
}

impl<'s, S: Signal, T: ?Sized + Send + Sync + 'static> FromSignal<'s, S> for Option<Res<'s, T>> {
    #[inline]
    fn from_signal(_: &'s S, context: &'s Context) -> Result<Self, Rejection> {
        Ok(context.provided().map(Res))
    }

    fn needs(needs: &mut Needs) {
        needs.optional_resource::<T>();
    }
}

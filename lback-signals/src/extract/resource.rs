//! The extractor of resources.

use super::FromSignal;
use crate::context::Context;
use crate::info::Needs;
use crate::report::Rejection;
use crate::signal::Signal;

/// Extractor of a resource of type `T`.
///
/// The resource comes from the innermost [`Scope`](crate::Scope) that provides one, or else from the
/// process, by [`provide`](crate::provide).
///
/// Without one, a receiver that takes `Res<'_, T>` fails with
/// [`MissingResource`](crate::FailureKind::MissingResource), and a receiver that takes
/// `Option<Res<'_, T>>` gets `None`.
///
/// # Examples
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

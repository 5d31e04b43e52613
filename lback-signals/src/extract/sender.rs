//! The extractor of the sender.

use super::FromSignal;
use crate::context::Context;
use crate::report::Rejection;
use crate::signal::Signal;

/// Extractor of the signal's sender, if it is a `T`.
///
/// The receiver is skipped for a signal with another sender, so the extractor filters signals by sender.
/// A `T` that the sender can never be is a compile error. See [`SenderAs`] for senders that are trait
/// objects.
///
/// `SentBy` is a reference. To keep a copy of the sender, call `order.get().clone()`.
///
/// # Examples
///
/// ```
/// use lback_signals::{SentBy, Signal, receiver, signal};
///
/// struct Order {
///     number: u32,
/// }
///
/// #[signal]
/// struct OrderPaid<'a> {
///     #[sender]
///     order: &'a Order,
/// }
///
/// #[receiver(signal = OrderPaid)]
/// fn ship(order: SentBy<'_, Order>) {
///     println!("shipping {}", order.number);
/// }
///
/// assert_eq!(OrderPaid { order: &Order { number: 7 } }.send().delivered(), 1);
/// ```
pub struct SentBy<'s, T: ?Sized>(&'s T);

implement_reference!(SentBy);

impl<'s, S: Signal, T: ?Sized> FromSignal<'s, S> for SentBy<'s, T>
where
    S::Sender: SenderAs<T> + 's,
{
    #[inline]
    fn from_signal(signal: &'s S, _: &'s Context) -> Result<Self, Rejection> {
        let sender = signal.sender().sender_as();
        sender.map(Self).ok_or_else(Rejection::skip)
    }
}

/// A sender type that may be a `T`, so that receivers can take [`SentBy<'_, T>`](SentBy).
///
/// Each type implements this trait for itself. Implement it for a `dyn Trait` of your own to let
/// receivers filter by the concrete type behind the trait object.
///
/// # Examples
///
/// ```
/// use std::any::Any;
///
/// use lback_signals::{SenderAs, SentBy, Signal, receiver, signal};
///
/// trait Document: Any {}
///
/// impl<T: Document> SenderAs<T> for dyn Document {
///     fn sender_as(&self) -> Option<&T> {
///         (self as &dyn Any).downcast_ref()
///     }
/// }
///
/// struct Invoice {
///     cents: u32,
/// }
/// struct Letter;
///
/// impl Document for Invoice {}
/// impl Document for Letter {}
///
/// #[signal]
/// struct Printed<'a> {
///     #[sender]
///     document: &'a dyn Document,
/// }
///
/// #[receiver(signal = Printed)]
/// fn book(invoice: SentBy<'_, Invoice>) {
///     println!("printed a bill of {} cents", invoice.cents);
/// }
///
/// assert_eq!(Printed { document: &Invoice { cents: 900 } }.send().delivered(), 1);
/// assert_eq!(Printed { document: &Letter }.send().skipped(), 1);
/// ```
#[diagnostic::on_unimplemented(
    message = "a signal sent by `{Self}` is never sent by `{T}`",
    label = "the signal's sender is `{Self}`",
    note = "the sender is the field marked `#[sender]`, or `()` if no field is marked: take `SentBy<'_, {Self}>`",
    note = "for a sender that is a `dyn Trait` of your own, implement `SenderAs<{T}>` for that `dyn Trait`"
)]
pub trait SenderAs<T: ?Sized> {
    /// Returns the sender as a `T`, if it is one.
    fn sender_as(&self) -> Option<&T>;
}

impl<T: ?Sized> SenderAs<T> for T {
    #[inline]
    fn sender_as(&self) -> Option<&T> {
        Some(self)
    }
}

//! The sender as a parameter.

use super::FromSignal;
use crate::context::Context;
use crate::report::Rejection;
use crate::signal::Signal;

/// The signal's sender, where that is a `T`. The receiver of a signal that was sent by something
/// else is skipped: this is the filter by sender.
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
///
/// Where it can never match it does not compile; see [`SenderAs`] for senders that are trait
/// objects. It is a reference: to keep a copy of the sender, write `order.get().clone()`.
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

/// A sender that may be a `T`, so that receivers can ask for it as [`SentBy<'_, T>`](SentBy).
///
/// Every type is its own. A trait object is what its trait says: implement this for `dyn` of
/// a trait of your own, so that its signals can be filtered by what sent them.
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
    note = "the sender is the field marked `#[sender]`, and `()` where none is: take `SentBy<'_, {Self}>`",
    note = "a sender that is a `dyn Trait` of your own can be asked for as a `{T}` if that `dyn Trait` implements `SenderAs<{T}>`"
)]
pub trait SenderAs<T: ?Sized> {
    /// The sender as a `T`, if it is one.
    fn sender_as(&self) -> Option<&T>;
}

impl<T: ?Sized> SenderAs<T> for T {
    #[inline]
    fn sender_as(&self) -> Option<&T> {
        Some(self)
    }
}

//! Signals and receivers in many shapes.

use core::cell::Cell;
use core::error::Error;
use core::fmt::{self, Debug};

use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};

/// An order, which counts its receivers.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Order {
    /// Its number.
    pub number: u32,
    /// How often a receiver was called.
    pub calls: Cell<u32>,
}

impl Order {
    /// Counts one call more.
    fn count(&self) {
        self.calls.set(self.calls.get().wrapping_add(1));
    }
}

/// An order has been paid.
#[signal]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OrderPaid<'a> {
    /// The order.
    #[sender]
    pub order: &'a Order,
    /// The amount, in cents.
    pub amount_cents: u64,
}

impl<'a> OrderPaid<'a> {
    /// The parcel.
    #[inline]
    #[must_use]
    pub const fn new(order: &'a Order, amount_cents: u64) -> Self {
        Self {
            order,
            amount_cents,
        }
    }
}

/// An order has been sent, and there are notes about it.
#[signal(name = "shop/order-sent")]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct OrderSent<'a, 'b> {
    /// The order.
    #[sender]
    order: &'a Order,
    /// The notes, each with its author.
    notes: &'a [(&'b str, &'b str)],
}

/// The shop is closing, which no receiver can veto.
#[signal]
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct Closing;

/// The shop is opening, which one receiver has to do.
#[signal(required)]
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Opening<'a> {
    /// The clerk who has the key.
    pub clerk: &'a str,
}

/// The lights are out, which this crate alone knows.
#[signal(required, crate = lback_signals)]
#[derive(Debug)]
struct LightsOut;

/// Opens it.
#[receiver(signal = Opening, fulfills)]
fn open(event: &Opening<'_>) {
    println!("{} opens the shop", event.clerk);
}

/// Says good night.
#[receiver(signal = LightsOut, fulfills)]
fn say_good_night(_: &LightsOut) {
    println!("good night");
}

/// Something has been drawn.
#[signal(crate = lback_signals)]
#[derive(Clone, Copy)]
struct Drawn<'a> {
    /// The item on display.
    #[sender]
    shape: &'a (dyn Debug + Sync),
}

/// The number of an order, for receivers that need no more.
#[derive(Clone, Copy, Debug)]
struct Number(u32);

impl FromSignal<'_, OrderPaid<'_>> for Number {
    fn from_signal(signal: &OrderPaid<'_>, _: &Context) -> Result<Self, Rejection> {
        if signal.order.number == 0 {
            Err(Rejection::skip())
        } else {
            Ok(Self(signal.order.number))
        }
    }
}

/// The first note about an order.
#[derive(Clone, Copy, Debug)]
struct FirstNote<'s>(&'s str);

impl<'s> FromSignal<'s, OrderSent<'_, '_>> for FirstNote<'s> {
    fn from_signal(signal: &'s OrderSent<'_, '_>, _: &'s Context) -> Result<Self, Rejection> {
        let first = signal.notes.first().map(|note| Self(note.1));
        first.ok_or_else(Rejection::skip)
    }
}

/// Counts what is paid.
#[receiver(signal = OrderPaid)]
fn count(event: &OrderPaid<'_>) {
    event.order.count();
}

/// Takes the signal apart.
#[receiver(signal = OrderPaid)]
fn destructure(&OrderPaid { order, .. }: &OrderPaid<'_>, number: Number) {
    assert_eq!(order.number, number.0, "it is the same order");
    order.count();
}

/// Refuses payments of nothing.
#[receiver(signal = OrderPaid)]
fn refuse(event: &OrderPaid<'_>) -> Result<(), Free> {
    event.order.count();
    if event.amount_cents == 0 {
        Err(Free)
    } else {
        Ok(())
    }
}

/// Nothing was paid.
#[derive(Clone, Copy, Debug)]
struct Free;

impl fmt::Display for Free {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("nothing was paid")
    }
}

impl Error for Free {}

/// Receives both signals of an order.
#[receiver(signal = [OrderPaid, OrderSent])]
fn hear_all<S: Signal<Sender = Order>>(event: &S) {
    event.sender().count();
}

/// Names its lifetimes.
#[receiver(signal = OrderSent)]
fn with_lifetimes<'e>(event: &'e OrderSent<'e, 'e>, note: FirstNote<'e>) -> Result<(), String> {
    event.order.count();
    if note.0.is_empty() {
        Err(String::from("an empty note"))
    } else {
        Ok(())
    }
}

/// Out of a macro of this crate.
macro_rules! on_closing {
    ($($name:ident),*) => {$(
        /// Says so.
        #[receiver(signal = Closing, crate = ::lback_signals)]
        fn $name(_: &Closing) {
            println!("the shop is closing");
        }
    )*};
}

on_closing!(close_doors, close_windows);

/// Kept for those who call it.
#[deprecated = "call `close_doors`"]
#[receiver(signal = Closing)]
#[inline]
pub fn close(event: &Closing) {
    println!("the old way: {event:?}");
}

/// Private items of a module.
mod private {
    use super::Drawn;

    /// Says what was drawn.
    #[lback_signals::receiver(signal = Drawn)]
    pub(super) fn describe(event: &Drawn<'_>) -> Result<(), String> {
        Err(format!("{:?}", event.shape))
    }
}

#[cfg(test)]
mod tests {
    use core::cell::Cell;

    use lback_signals::{Signal, receiver, signal};

    use super::{Closing, Drawn, LightsOut, Opening, Order, OrderPaid, OrderSent, private};

    #[test]
    fn every_receiver_runs() {
        let order = Order {
            number: 7,
            ..Order::default()
        };
        let report = OrderPaid::new(&order, 4_200).send();
        assert_eq!((report.delivered(), report.failures().len()), (4, 0));
        assert_eq!(order.calls.replace(0), 4);

        let free = OrderPaid::new(&Order::default(), 0).send();
        assert_eq!((free.delivered(), free.skipped()), (2, 1));
        assert_eq!(free.failures().len(), 1);

        let notes = [("ada", "thanks")];
        let sent = OrderSent {
            order: &order,
            notes: &notes,
        };
        assert_eq!(sent.send().delivered(), 2);
        assert_eq!(order.calls.get(), 2);
        assert_eq!(Closing.send().delivered(), 3);
        assert_eq!(Opening { clerk: "ada" }.send().delivered(), 1);
        assert_eq!(LightsOut.send().delivered(), 1);
    }

    #[test]
    fn a_private_receiver_runs_and_stays_a_function() {
        let event = Drawn { shape: &"square" };
        let report = event.send();
        let failures: Vec<_> = report.failures().iter().map(ToString::to_string).collect();
        assert_eq!(failures.len(), 1);
        assert!(failures.concat().ends_with("\"square\""), "{failures:?}");
        assert_eq!(private::describe(&event), Err("\"square\"".to_owned()));
    }

    #[test]
    fn signals_and_receivers_may_stand_in_a_function() {
        #[signal]
        struct Local<'a> {
            calls: &'a Cell<u32>,
        }

        #[receiver(signal = Local)]
        fn on_local(event: &Local<'_>) {
            event.calls.set(event.calls.get() + 1);
        }

        let calls = Cell::new(0);
        assert!(Local { calls: &calls }.try_send().is_ok());
        assert_eq!(calls.get(), 1);
    }
}

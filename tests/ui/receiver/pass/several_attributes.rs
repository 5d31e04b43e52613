#![forbid(unsafe_code)]
#![deny(warnings)]

//! One function may be more than one receiver, and keeps its other attributes.

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[signal]
struct OrderSent;

struct Order;

impl lback_signals::FromSignal<'_, OrderPaid> for Order {
    fn from_signal(
        _: &OrderPaid,
        _: &lback_signals::Context,
    ) -> Result<Self, lback_signals::Rejection> {
        Ok(Order)
    }
}

impl lback_signals::FromSignal<'_, OrderSent> for Order {
    fn from_signal(
        _: &OrderSent,
        _: &lback_signals::Context,
    ) -> Result<Self, lback_signals::Rejection> {
        Ok(Order)
    }
}

/// Notes the order.
#[receiver(signal = OrderPaid)]
#[receiver(signal = OrderSent)]
#[inline(never)]
#[track_caller]
fn note(_: Order) {}

#[receiver(signal = [OrderPaid, OrderSent])]
#[deprecated]
#[must_use]
fn old(_: Order) -> Result<(), String> {
    Ok(())
}

fn main() {
    assert_eq!(OrderPaid.send().delivered(), 2);
    assert_eq!(OrderSent.send().delivered(), 2);
    note(Order);
}

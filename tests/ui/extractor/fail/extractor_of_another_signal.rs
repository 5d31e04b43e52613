#![allow(unused)]

use lback_signals::{Context, FromSignal, Rejection, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    order: &'a u32,
}

#[signal]
struct OrderSent;

struct Order(u32);

impl FromSignal<'_, OrderPaid<'_>> for Order {
    fn from_signal(event: &OrderPaid<'_>, _: &Context) -> Result<Self, Rejection> {
        Ok(Order(*event.order))
    }
}

#[receiver(signal = OrderPaid)]
fn fits(order: Order) {}

#[receiver(signal = OrderSent)]
fn does_not_fit(order: Order) {}

fn main() {}

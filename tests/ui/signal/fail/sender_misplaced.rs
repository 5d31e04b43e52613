#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

struct Order;

#[signal]
#[sender]
struct OrderPaid<'a> {
    order: &'a Order,
}

#[signal]
#[sender(order)]
struct OrderSent<'a> {
    order: &'a Order,
}

#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid<'_>) {}

fn main() {
    OrderPaid { order: &Order }.send();
}

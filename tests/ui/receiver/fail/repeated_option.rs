#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[signal]
struct OrderSent;

#[receiver(signal = OrderPaid, signal = OrderSent)]
fn on_paid(event: &OrderPaid) {}

fn main() {}

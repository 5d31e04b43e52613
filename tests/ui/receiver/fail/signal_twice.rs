#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[signal]
struct OrderSent;

#[receiver(signal = [OrderPaid, OrderSent, OrderPaid])]
fn on_paid<S: Signal>(event: &S) {}

fn main() {}

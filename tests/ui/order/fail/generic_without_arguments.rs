#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[signal]
struct OrderSent;

#[receiver(signal = [OrderPaid, OrderSent])]
fn count<S: Signal>(_: &S) {}

#[receiver(signal = OrderPaid, after(count))]
fn send_receipt(_: &OrderPaid) {}

fn main() {}

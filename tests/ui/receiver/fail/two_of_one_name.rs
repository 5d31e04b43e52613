#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid) {}

fn main() {}

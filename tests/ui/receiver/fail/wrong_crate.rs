#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid, crate = signals)]
fn on_paid(event: &OrderPaid) {}

#[receiver(signal = OrderPaid, crate = "lback_signals")]
fn in_quotes(event: &OrderPaid) {}

fn main() {}

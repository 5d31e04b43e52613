#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn on_paid<const N: usize>(event: &OrderPaid) {}

fn main() {}

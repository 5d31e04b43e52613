#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(sginal = OrderPaid)]
fn misspelt(event: &OrderPaid) {}

#[receiver(signal = OrderPaid, order = 7)]
fn unknown(event: &OrderPaid) {}

#[receiver(signals = [OrderPaid])]
fn plural(event: &OrderPaid) {}

fn main() {}

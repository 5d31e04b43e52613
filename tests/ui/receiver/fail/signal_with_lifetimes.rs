#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid<'a> {
    order: &'a u32,
}

#[receiver(signal = OrderPaid<'_>)]
fn elided(event: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid::<'static>)]
fn turbofish(event: &OrderPaid<'_>) {}

fn main() {}

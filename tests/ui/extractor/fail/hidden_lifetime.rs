#![deny(elided_lifetimes_in_paths)]
#![allow(unused)]

use lback_signals::{Res, SentBy, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a u32,
}

#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid, order: SentBy<u32>, tariff: Res<String>) {}

fn main() {}

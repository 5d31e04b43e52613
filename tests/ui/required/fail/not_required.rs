#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

mod shop {
    #[lback_signals::signal]
    pub struct OrderSent<'a> {
        pub order: &'a u32,
    }
}

#[receiver(signal = OrderPaid, fulfills)]
fn on_paid(_: &OrderPaid) {}

#[receiver(signal = shop::OrderSent, fulfills)]
fn on_sent(_: &shop::OrderSent<'_>) {}

fn main() {}

#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a str,
}

#[signal]
struct ShopClosed;

#[receiver(signal = [OrderPaid, ShopClosed])]
fn about_an_order<S: Signal<Sender = str>>(event: &S) {}

fn main() {}

#![allow(unused)]

use lback_signals::signal;

#[signal]
struct OrderPaid {
    #[sender(order)]
    order: u32,
}

#[signal]
struct OrderSent {
    #[sender = "order"]
    order: u32,
}

fn main() {}

#![allow(unused)]

use lback_signals::signal;

mod shop {
    struct Order;

    #[lback_signals::signal]
    pub struct OrderPaid<'a> {
        #[sender]
        order: &'a Order,
    }

    #[lback_signals::signal]
    pub struct OrderSent {
        #[sender]
        order: Order,
    }
}

#[signal]
struct Fine;

fn main() {}

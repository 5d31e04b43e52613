#![allow(unused)]

use lback_signals::signal;

#[signal]
struct OrderPaid {
    #[cfg(debug_assertions)]
    #[sender]
    order: u32,
}

#[signal]
struct OrderSent {
    #[sender]
    #[cfg_attr(all(), cfg(unix))]
    order: u32,
}

#[signal]
struct OrderLost {
    #[cfg_attr(all(), sender)]
    order: u32,
}

fn main() {}

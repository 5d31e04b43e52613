#![allow(unused)]

use lback_signals::signal;

#[signal(nane = "order_paid")]
struct OrderPaid;

#[signal("order_sent")]
struct OrderSent;

#[signal(OrderLost)]
struct OrderLost;

#[signal(sender = order)]
struct OrderFound {
    order: u32,
}

fn main() {}

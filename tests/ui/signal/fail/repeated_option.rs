#![allow(unused)]

use lback_signals::signal;

#[signal(name = "order_paid", name = "paid")]
struct OrderPaid;

#[signal(crate = lback_signals, name = "order_sent", crate = lback_signals)]
struct OrderSent;

fn main() {}

//! A field of an owned signal is `Clone`, behind a reference and by value.

#![allow(unused)]

use lback_signals::signal;

struct Order;

struct Amount(u32);

#[signal(owned)]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
    amount: Amount,
}

fn main() {}

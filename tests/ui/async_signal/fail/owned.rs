//! An async signal that is `owned` keeps what any other can.

#![allow(unused)]

use lback_signals::{AsyncSignal, receiver, signal};

struct Order;

struct Amount(u32);

#[signal(async, owned)]
struct OrderPaid<'a> {
    order: &'a Order,
    amount: Amount,
}

#[receiver(signal = OrderPaid, background)]
async fn send_receipt(event: &OrderPaid<'_>) {}

async fn pay(order: &Order, amount: Amount) {
    OrderPaid { order, amount }.send_async().await;
}

fn main() {}

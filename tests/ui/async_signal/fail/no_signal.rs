//! Only a signal can be sent or awaited.

#![allow(unused)]

use lback_signals::{AsyncSignal, Signal, receiver, signal};

struct Order;

async fn awaited() {
    Order.send_async().await;
}

#[receiver(signal = Order)]
async fn on_order(event: &Order) {}

#[receiver(signal = u32)]
async fn on_number(event: &u32) -> Result<(), String> {
    Ok(())
}

fn main() {}

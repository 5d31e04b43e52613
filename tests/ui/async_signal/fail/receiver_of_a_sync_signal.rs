//! A sync signal does not await its receivers.

#![allow(unused)]

use lback_signals::{Res, Signal, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    email: &'a str,
}

#[signal(owned)]
struct Shipped;

#[signal(reply = u32)]
struct Quoting;

#[receiver(signal = OrderPaid)]
async fn send_receipt(event: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
async fn with_more(event: &OrderPaid<'_>, text: Res<'_, String>) -> Result<(), String> {
    Ok(())
}

#[receiver(signal = Shipped, first)]
async fn of_an_owned_one(_: &Shipped) {}

#[receiver(signal = Quoting)]
async fn quote(_: &Quoting) -> u32 {
    1
}

#[receiver(signal = [OrderPaid])]
async fn count<S: Signal>(_: &S) {}

fn main() {}

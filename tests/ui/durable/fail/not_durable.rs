//! A durable receiver gets what was stored of its signal.

#![allow(unused)]

use lback_signals::{Res, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    email: &'a str,
}

#[signal(async, owned)]
struct Published;

#[signal(reply = u32)]
struct Quoting;

struct NoSignal;

#[receiver(signal = OrderPaid, durable(name = "send-receipt"))]
fn send_receipt(event: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, durable(name = "send-receipt-too"))]
async fn send_receipt_too(event: &OrderPaid<'_>, text: Res<'_, String>) -> Result<(), String> {
    Ok(())
}

#[receiver(signal = Published, durable(name = "index"))]
async fn index(_: &Published) {}

#[receiver(signal = Quoting, durable(name = "quote"))]
fn quote(_: &Quoting) {}

#[receiver(signal = NoSignal, durable(name = "hear"))]
fn hear(_: &NoSignal) {}

fn main() {}

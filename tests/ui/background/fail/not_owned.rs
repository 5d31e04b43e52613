//! A receiver in the background gets a copy of its signal.

#![allow(unused)]

use lback_signals::{Res, Signal, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    email: &'a str,
}

#[signal(async)]
struct Published;

#[signal(reply = u32)]
struct Quoting;

struct NoSignal;

#[receiver(signal = OrderPaid, background)]
fn send_receipt(event: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, background)]
async fn send_receipt_too(event: &OrderPaid<'_>, text: Res<'_, String>) -> Result<(), String> {
    Ok(())
}

#[receiver(signal = OrderPaid, after_commit, background)]
async fn send_receipt_then(event: &OrderPaid<'_>) {}

#[receiver(signal = Published, background)]
async fn index(_: &Published) {}

#[receiver(signal = Quoting, background)]
fn quote(_: &Quoting) -> u32 {
    1
}

#[receiver(signal = Quoting, background)]
async fn quote_too(_: &Quoting) -> u32 {
    1
}

#[receiver(signal = OrderPaid, background)]
async fn count<S: Signal>(_: &S) {}

#[receiver(signal = NoSignal, background)]
fn hear(_: &NoSignal) {}

#[receiver(signal = NoSignal, background)]
async fn hear_too(_: &NoSignal) {}

fn main() {}

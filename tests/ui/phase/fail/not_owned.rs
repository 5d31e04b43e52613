//! Only an `owned` signal can be kept for a receiver that runs later.

#![allow(unused)]

use lback_signals::{Res, Signal, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    email: &'a str,
}

#[signal(reply = u32)]
struct Quoting;

struct NoSignal;

#[receiver(signal = OrderPaid, after_commit)]
fn send_receipt(event: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, after_rollback)]
fn apologise(event: &OrderPaid<'_>, text: Res<'_, String>) -> Result<(), String> {
    Ok(())
}

#[receiver(signal = Quoting, after_commit)]
fn quote(_: &Quoting) -> u32 {
    1
}

#[receiver(signal = OrderPaid, after_commit)]
fn count<S: Signal>(_: &S) {}

#[receiver(signal = NoSignal, after_commit)]
fn hear(_: &NoSignal) {}

fn main() {}

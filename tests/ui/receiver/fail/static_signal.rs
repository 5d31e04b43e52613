#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    order: &'a u32,
}

#[receiver(signal = OrderPaid)]
fn static_reference(event: &'static OrderPaid<'_>) {}

#[receiver(signal = OrderPaid)]
fn static_payload(event: &OrderPaid<'static>) {}

#[receiver(signal = [OrderPaid])]
fn static_parameter<S: Signal>(event: &'static S) {}

fn main() {}

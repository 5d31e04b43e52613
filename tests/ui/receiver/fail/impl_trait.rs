#![allow(unused)]

use std::fmt::Debug;

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn parameter(event: impl Debug) {}

#[receiver(signal = OrderPaid)]
fn reference(event: &impl Signal) {}

#[receiver(signal = OrderPaid)]
fn returned(event: &OrderPaid) -> impl Debug {}

#[receiver(signal = OrderPaid)]
fn error(event: &OrderPaid) -> Result<(), impl Debug> {
    Ok::<(), ()>(())
}

fn main() {}

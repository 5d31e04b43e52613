//! A closure that is connected and forgotten at once hears nothing.

#![deny(unused_must_use)]

use lback_signals::{Signal, signal};

#[signal]
struct OrderPaid;

fn main() {
    OrderPaid::connect(|_| {});
}

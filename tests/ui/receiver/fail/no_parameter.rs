#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn on_paid() -> Result<(), &'static str> {
    Err("deaf")
}

fn main() {}

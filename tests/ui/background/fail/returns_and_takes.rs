//! A receiver in the background returns and takes what others do.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(owned)]
struct OrderPaid;

#[receiver(signal = OrderPaid, background)]
fn number(_: &OrderPaid) -> u32 {
    7
}

#[receiver(signal = OrderPaid, background)]
async fn number_too(_: &OrderPaid) -> u32 {
    7
}

#[receiver(signal = OrderPaid, background)]
async fn takes_a_number(_: &OrderPaid, number: u32) {}

fn main() {}

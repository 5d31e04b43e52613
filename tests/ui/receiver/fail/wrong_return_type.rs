#![allow(unused)]

use lback_signals::{receiver, signal};

struct Broken;

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn number(_: &OrderPaid) -> u32 {
    7
}

#[receiver(signal = OrderPaid)]
fn truth(_: &OrderPaid) -> bool {
    true
}

#[receiver(signal = OrderPaid)]
fn option(_: &OrderPaid) -> Option<()> {
    None
}

#[receiver(signal = OrderPaid)]
fn result_of_something(_: &OrderPaid) -> Result<u32, std::fmt::Error> {
    Ok(7)
}

#[receiver(signal = OrderPaid)]
fn result_with_a_struct(_: &OrderPaid) -> Result<(), Broken> {
    Err(Broken)
}

#[receiver(signal = OrderPaid)]
fn borrowed<'a>(_: &'a OrderPaid) -> &'a str {
    ""
}

fn main() {}

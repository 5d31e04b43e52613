#![allow(unused)]

use lback_signals::receiver;

mod shop {}

#[receiver(signal = OrderPayed)]
fn on_payed(event: &u32) {}

#[receiver(signal = shop::OrderPaid)]
fn on_paid(event: &u32) {}

#[receiver(signal = warehouse::OrderPaid)]
fn on_sent(event: &u32) {}

fn main() {}

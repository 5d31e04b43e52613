#![allow(unused)]

use lback_signals::{Res, SentBy, receiver, signal};

#[signal]
struct Paid<'a> {
    #[sender]
    cents: &'a u32,
}

#[signal(async, owned)]
struct Refunded {
    cents: u32,
}

struct Order;

#[receiver(signal = Refunded)]
fn by_value(event: Refunded) {}

#[receiver(signal = Paid)]
fn by_value_with_a_lifetime(event: Paid<'_>) {}

#[receiver(signal = Refunded)]
async fn by_value_and_awaited(event: Refunded) {}

#[receiver(signal = Refunded, background)]
fn by_value_later(event: Refunded, order: Option<Res<'_, Order>>) {}

#[receiver(signal = Paid)]
fn another_signal(event: &Refunded) {}

#[receiver(signal = Paid)]
fn a_payload(cents: u32) {}

#[receiver(signal = Paid)]
fn mutably(event: &mut Paid<'_>) {}

fn main() {}

//! Signals and receivers are stored under names that are written out.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(durable)]
struct OrderPaid<'a> {
    email: &'a str,
}

#[signal(durable(version = 3))]
struct HTTPRequestDone;

#[signal(durable(name = "order.shipped"))]
struct OrderShipped;

#[signal(durable(name = "Order Paid", version = 1, was("order..paid", "", "order/paid")))]
struct Characters;

#[signal(durable(name = "order.paid.order.paid.order.paid.order.paid.order.paid.order.paid.order.paid.order.paid.order.paid.oh", version = 1))]
struct Long;

#[signal(durable(name = "twice", version = 1, was("earlier", "twice", "earlier")))]
struct Twice;

#[signal(durable(name = NAME, version = VERSION, was(NAME)))]
struct Constants;

#[signal(durable(name = "zero", version = 0, was()))]
struct Zero;

#[signal(durable(name = "negative", version = -1, was))]
struct Negative;

#[signal(durable(nam = "misspelt", version = 1, keep_for = "7d", name))]
struct Misspelt;

const NAME: &str = "constant";
const VERSION: u32 = 1;

#[signal(durable(name = "good", version = 1))]
struct Good;

#[receiver(signal = Good, durable)]
fn send_receipt(_: &Good) {}

#[receiver(signal = Good, durable(attempts = 3))]
fn r#send(_: &Good) {}

#[receiver(signal = Good, durable(name = "Send"))]
fn characters(_: &Good) {}

#[receiver(signal = Good, durable(name = "twice", was("twice")))]
fn twice(_: &Good) {}

#[receiver(signal = Good, durable(name = NAME))]
fn constant(_: &Good) {}

fn main() {}

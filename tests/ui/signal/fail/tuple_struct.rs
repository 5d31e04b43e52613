#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid(u32, #[sender] &'static str);

#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid) {}

fn main() {
    OrderPaid(1, "order").send();
}

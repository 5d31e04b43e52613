#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(sgnal = OrderPaid, signal = "order_paid", signal = OrderPaid, crate)]
async fn on_paid<const N: usize>(event: impl Fn(), other: &'static OrderPaid) -> impl Sized {}

fn main() {}

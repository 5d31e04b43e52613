#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid) {
    let half_written = ;
}

fn main() {
    on_paid(&OrderPaid);
    OrderPaid.send();
}

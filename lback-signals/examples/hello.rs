//! The smallest program: one signal, one receiver.
//!
//! `cargo run -p lback-signals --example hello`

use lback_signals::{Signal, receiver, signal};

/// An order has been paid.
#[signal]
struct OrderPaid<'a> {
    customer: &'a str,
    amount_cents: u64,
}

#[receiver(signal = OrderPaid)]
fn send_receipt(event: &OrderPaid<'_>) {
    let OrderPaid {
        customer,
        amount_cents,
    } = event;
    println!("to {customer}: thank you for {amount_cents} cents");
}

fn main() {
    let report = OrderPaid {
        customer: "Ada",
        amount_cents: 4_200,
    }
    .send();
    println!("delivered to {} receiver", report.delivered());
}

//! The signal of the shop and its receivers, which are the same with each database layer.

use lback_signals::{receiver, signal};

/// An order has been paid.
#[signal(owned)]
pub(crate) struct OrderPaid<'a> {
    pub(crate) number: i64,
    pub(crate) email: &'a str,
}

#[receiver(signal = OrderPaid, after_commit)]
fn send_receipt(event: &OrderPaid<'_>) {
    println!("to {}: thank you for order {}", event.email, event.number);
}

#[receiver(signal = OrderPaid, after_rollback)]
fn send_apology(event: &OrderPaid<'_>) {
    println!("to {}: order {} failed", event.email, event.number);
}

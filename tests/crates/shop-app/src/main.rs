//! Compares what is linked into it with its `signals.lock`, and the order of calls with both.
//!
//! With `--cfg forgets_payments` it depends on a crate that it does not name.

#![allow(unexpected_cfgs, reason = "tests/link-matrix.sh sets them")]

use lback_signals::{Signal, assert_wiring, link, receiver};
use shop_signals::{Notes, OrderSent};

link!(shop_audit, shop_receivers);
#[cfg(not(forgets_payments))]
link!(shop_payments);

#[receiver(signal = OrderSent)]
fn thank(event: &OrderSent<'_>) {
    event.notes.borrow_mut().push("thank");
}

fn main() {
    assert_wiring!("signals.lock");
    let linked = OrderSent::info().receivers();
    let linked: Vec<_> = linked.iter().map(|receiver| receiver.name()).collect();
    let called = Notes::default();
    OrderSent { notes: &called }.send();
    let called = called.into_inner();
    assert_eq!(called, linked, "called (left) and linked (right)");
    println!("{}", called.join(" "));
}

//! Verifies that it has the receivers of its `signals.lock`, and prints its receivers in the order of their calls. With
//! the argument `wiring` it prints its wiring instead.
//!
//! With `--cfg forgets_payments` it depends on a crate that it does not name. `tests/wiring.rs`, which
//! compares the lock, names that crate in any case and cannot see this.

#![allow(unexpected_cfgs, reason = "tests/link-matrix.sh sets them")]

use lback_signals::{MissingReceivers, Signal, link, receiver, verify_wiring, wiring};
use shop_signals::{Notes, OrderSent};

link!(shop_audit, shop_receivers);
#[cfg(not(forgets_payments))]
link!(shop_payments);

#[receiver(signal = OrderSent)]
fn thank(event: &OrderSent<'_>) {
    event.notes.borrow_mut().push("thank");
}

fn main() -> Result<(), MissingReceivers> {
    if std::env::args().any(|argument| argument == "wiring") {
        print!("{}", wiring().to_lock());
        return Ok(());
    }
    verify_wiring!("signals.lock")?;
    let linked = OrderSent::info().receivers();
    let linked: Vec<_> = linked.iter().map(|receiver| receiver.name()).collect();
    let called = Notes::default();
    OrderSent { notes: &called }.send();
    let called = called.into_inner();
    assert_eq!(called, linked, "called (left) and linked (right)");
    println!("{}", called.join(" "));
    Ok(())
}

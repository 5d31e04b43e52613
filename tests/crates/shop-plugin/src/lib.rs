//! The shop as a library that a program in C loads: `host.c`.
//!
//! With `--cfg forgets_payments` nothing in it fulfills the required signal.

#![allow(unexpected_cfgs, reason = "tests/link-matrix.sh sets them")]

use lback_signals::{Signal, link};
use shop_signals::{Notes, OrderSent, PaymentDue};

link!(shop_audit, shop_receivers);
#[cfg(not(forgets_payments))]
link!(shop_payments);

/// Sends two of the shop's signals, and prints who was called.
// SAFETY: no other function of the host or of this library has this name.
#[unsafe(no_mangle)]
pub extern "C" fn send_from_the_plugin() {
    let called = Notes::default();
    OrderSent { notes: &called }.send();
    PaymentDue { notes: &called }.send();
    println!("{}", called.into_inner().join(" "));
}

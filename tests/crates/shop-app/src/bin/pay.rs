//! Sends a required signal, so that it links only with the one receiver that fulfills it.
//!
//! With `--cfg forgets_payments` it has none, with `--cfg pays_twice` two.

#![allow(unexpected_cfgs, reason = "tests/link-matrix.sh sets them")]

use lback_signals::Signal;
use shop_signals::{Notes, PaymentDue};

#[cfg(not(forgets_payments))]
lback_signals::link!(shop_payments);

#[cfg(pays_twice)]
#[lback_signals::receiver(signal = PaymentDue, fulfills)]
fn take_money_again(event: &PaymentDue<'_>) {
    event.notes.borrow_mut().push("take_money_again");
}

fn main() {
    let called = Notes::default();
    PaymentDue { notes: &called }.send();
    println!("{}", called.into_inner().join(" "));
}

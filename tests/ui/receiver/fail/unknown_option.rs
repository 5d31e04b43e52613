#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(sginal = OrderPaid)]
fn misspelt(event: &OrderPaid) {}

#[receiver(signal = OrderPaid, order = 7)]
fn unknown(event: &OrderPaid) {}

#[receiver(signals = [OrderPaid])]
fn plural(event: &OrderPaid) {}

#[receiver(signal = OrderPaid, afer(misspelt), bfore(plural))]
fn two_misspelt(event: &OrderPaid) {}

#[receiver(signal = OrderPaid, frist, lsat)]
fn swapped_letters(event: &OrderPaid) {}

#[receiver(signal = OrderPaid, After(misspelt))]
fn capital(event: &OrderPaid) {}

#[receiver(signal = OrderPaid, priority(7))]
fn from_elsewhere(event: &OrderPaid) {}

fn main() {}

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(required = true)]
struct WithAValue;

#[signal(required, required)]
struct Twice;

#[signal(require)]
struct Misspelt;

#[signal(required)]
struct InvoiceDue;

#[receiver(signal = InvoiceDue, fulfills = true)]
fn with_a_value(_: &InvoiceDue) {}

#[receiver(signal = InvoiceDue, fullfills)]
fn misspelt(_: &InvoiceDue) {}

#[receiver(signal = InvoiceDue, fulfills(InvoiceDue))]
fn with_the_signal(_: &InvoiceDue) {}

#[receiver(fulfills = InvoiceDue)]
fn instead_of_the_signal(_: &InvoiceDue) {}

fn main() {}

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(required)]
struct InvoiceDue;

struct Invoice;

#[receiver(signal = InvoiceDeu, fulfills)]
fn misspelt(_: &InvoiceDue) {}

#[receiver(signal = Invoice, fulfills)]
fn no_signal(_: &Invoice) {}

fn main() {}

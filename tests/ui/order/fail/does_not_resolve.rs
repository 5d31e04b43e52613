#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

// It was called `write_audit_line` once.
#[receiver(signal = OrderPaid)]
fn write_audit_entry(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(write_audit_line))]
fn renamed(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, before(mail::send_receipt))]
fn moved(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(warehouse::reserve))]
fn of_no_crate(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(write_audit_line), before(mail::send_receipt))]
fn several(_: &OrderPaid) {}

mod mail {}

fn main() {}

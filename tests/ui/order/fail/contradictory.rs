#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn write_audit_line(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, first, last)]
fn first_and_last(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(write_audit_line, write_audit_line))]
fn twice(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, before(write_audit_line), after(write_audit_line))]
fn before_and_after(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(write_audit_line), after(twice))]
fn two_lists(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(itself))]
fn itself(_: &OrderPaid) {}

fn main() {}

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn write_audit_line(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after)]
fn bare(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after())]
fn empty(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, before = write_audit_line)]
fn with_equals(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after[write_audit_line])]
fn in_brackets(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after("write_audit_line"))]
fn text(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, before(|_| ()))]
fn closure(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(write_audit_line()))]
fn call(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, before(&write_audit_line))]
fn reference(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(write_audit_line bare))]
fn no_comma(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, first = true)]
fn first_with_a_value(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, last(write_audit_line))]
fn last_with_a_receiver(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, priority = 7)]
fn a_number(_: &OrderPaid) {}

fn main() {}

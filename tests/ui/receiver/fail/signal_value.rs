#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid<'a> {
    order: &'a u32,
}

#[receiver(signal)]
fn nothing(event: &OrderPaid<'_>) {}

#[receiver(signal =)]
fn still_nothing(event: &OrderPaid<'_>) {}

#[receiver(signal(OrderPaid))]
fn in_parentheses(event: &OrderPaid<'_>) {}

#[receiver(signal = "order_paid")]
fn text(event: &OrderPaid<'_>) {}

#[receiver(signal = ["order_paid"])]
fn text_in_a_list(event: &OrderPaid<'_>) {}

#[receiver(signal = &OrderPaid)]
fn reference(event: &OrderPaid<'_>) {}

#[receiver(signal = (OrderPaid, OrderPaid))]
fn tuple(event: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid | OrderPaid)]
fn alternatives(event: &OrderPaid<'_>) {}

#[receiver(signal = [])]
fn empty_list(event: &OrderPaid<'_>) {}

#[receiver(signal = [OrderPaid OrderPaid])]
fn no_comma(event: &OrderPaid<'_>) {}

fn main() {}

#![allow(unused)]

use lback_signals::{receiver, signal};

mod shop {
    #[lback_signals::signal]
    pub struct OrderPaid<'a> {
        pub order: &'a u32,
    }
}

#[signal]
struct OrderPaid;

#[receiver(OrderPaid)]
fn bare_path(event: &OrderPaid) {}

#[receiver(shop::OrderPaid)]
fn longer_path(event: &shop::OrderPaid<'_>) {}

#[receiver(shop::OrderPaid<'_>, crate = lback_signals)]
fn with_a_lifetime(event: &shop::OrderPaid<'_>) {}

#[receiver(crate::OrderPaid)]
fn from_the_root(event: &OrderPaid) {}

#[receiver([OrderPaid])]
fn in_brackets(event: &OrderPaid) {}

#[receiver("order_paid")]
fn as_text(event: &OrderPaid) {}

fn main() {}

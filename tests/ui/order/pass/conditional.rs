#![forbid(unsafe_code)]
#![deny(warnings)]

//! A receiver that is configured out may name functions that do not exist.

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[cfg(any())]
#[receiver(signal = OrderPaid)]
fn never(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, after(never))]
#[cfg(any())]
fn never_either(_: &OrderPaid) {}

#[cfg_attr(any(), receiver(signal = OrderPaid, after(never)))]
#[cfg_attr(all(), receiver(signal = OrderPaid, after(z_always)))]
fn a_after(_: &OrderPaid) {}

#[cfg(all())]
#[receiver(signal = OrderPaid)]
fn z_always(_: &OrderPaid) {}

#[receiver(signal = OrderPaid, first)]
#[cfg_attr(all(), cfg(all()))]
fn zz_first(_: &OrderPaid) {}

fn main() {
    let receivers = OrderPaid::info().receivers();
    let names: Vec<_> = receivers.iter().map(|it| it.name()).collect();
    assert_eq!(names, ["zz_first", "z_always", "a_after"]);
}

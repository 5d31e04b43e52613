#![allow(unused)]

use std::fmt::Debug;

use lback_signals::{Signal, receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn unused<T: Debug>(event: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
fn only_the_second<S: Signal, T>(event: &S) {}

#[receiver(signal = OrderPaid)]
fn by_value<S: Signal>(event: S) {}

fn main() {}

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver]
fn bare(event: &OrderPaid) {}

#[receiver()]
fn empty(event: &OrderPaid) {}

#[receiver(crate = lback_signals)]
fn only_another(event: &OrderPaid) {}

fn main() {}

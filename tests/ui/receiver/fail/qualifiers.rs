#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
async fn asynchronous(_: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
unsafe fn trusting(_: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
extern "C" fn foreign(_: &OrderPaid) {}

#[receiver(signal = OrderPaid)]
const async unsafe extern "C" fn everything(_: &OrderPaid) {}

fn main() {}

#![allow(unused)]

use lback_signals::signal;

#[signal(crate = signals)]
struct OrderPaid;

fn main() {}

//! A closure may be called on any thread, on several at once.

use std::cell::Cell;

use lback_signals::{Signal, signal};

#[signal]
struct OrderPaid;

fn main() {
    let calls = Cell::new(0);
    let _connection = OrderPaid::connect(move |_| calls.set(1));
}

//! What a closure cannot be that is connected.

#![deny(unused_must_use)]

use std::cell::Cell;

use lback_signals::{Signal, signal};

#[signal]
struct OrderPaid<'a> {
    email: &'a str,
}

#[signal(reply = u32)]
struct Quoting;

fn main() {
    // It is dropped at once.
    OrderPaid::connect(|_| {});
    let _returns_a_number = OrderPaid::connect(|_| 1);
    let _answers_a_text = Quoting::connect(|_| "twelve");
    let calls = Cell::new(0);
    let _not_sync = OrderPaid::connect(move |_| calls.set(1));
    let text = String::new();
    let _borrows = OrderPaid::connect(|_| drop(text.len()));
}

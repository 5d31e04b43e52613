//! A closure returns what receivers of the signal return.

use lback_signals::{Signal, signal};

#[signal]
struct OrderPaid;

#[signal(reply = u32)]
struct Quoting;

fn main() {
    let _number = OrderPaid::connect(|_| 1);
    let _text = Quoting::connect(|_| "twelve");
}

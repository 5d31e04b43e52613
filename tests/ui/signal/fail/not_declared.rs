#![allow(unused)]

use lback_signals::{Signal, signal};

#[signal]
struct OrderPaid;

struct OrderSent;

fn hear<S: Signal>(_: &S) {}

fn main() {
    OrderPaid.send();
    hear(&OrderSent);
}

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

trait OnPaid {
    #[receiver(signal = OrderPaid)]
    fn on_paid(event: &OrderPaid);
}

fn main() {}

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

struct Mailer;

impl Mailer {
    #[receiver(signal = OrderPaid)]
    fn on_paid(event: &OrderPaid) {}
}

trait Listener {
    #[receiver(signal = OrderPaid)]
    fn on_sent(event: &OrderPaid) {}
}

fn main() {}

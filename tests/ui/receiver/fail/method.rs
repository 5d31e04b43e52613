#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

struct Mailer;

impl Mailer {
    #[receiver(signal = OrderPaid)]
    fn on_paid(&self, event: &OrderPaid) {}

    #[receiver(signal = OrderPaid)]
    fn on_paid_mutably(mut self, event: &OrderPaid) {}
}

fn main() {}

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
pub(crate) struct Mailer;

#[receiver(signal = OrderPaid)]
mod mail {}

#[receiver(signal = OrderPaid)]
impl Mailer {
    fn on_paid(event: &OrderPaid) {}
}

#[receiver(signal = OrderPaid)]
trait Listener {
    fn on_paid(event: &OrderPaid) {}
}

#[receiver(signal = OrderPaid)]
static ON_PAID: fn(&OrderPaid) = |_| ();

fn main() {}

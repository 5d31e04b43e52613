#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct OrderPaid;

mod mail {
    use super::OrderPaid;

    #[lback_signals::receiver(signal = OrderPaid)]
    fn send_receipt(_: &OrderPaid) {}
}

#[receiver(signal = OrderPaid, before(mail::send_receipt))]
fn write_audit_line(_: &OrderPaid) {}

fn main() {}

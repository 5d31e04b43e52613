//! A function pointer does not say which receiver it is.

use lback_signals::{Scope, receiver, signal};

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn send_receipt(_: &OrderPaid) {}

fn main() {
    let _ = Scope::new().mute(send_receipt as fn(&OrderPaid));
    let _ = Scope::new().only(send_receipt as fn(&OrderPaid));
}

#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal(nane = "order_paid", name = "")]
struct OrderPaid<'a, T> {
    #[sender]
    order: &'a mut T,
    #[sender(who)]
    customer: u32,
}

#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid<'_, u32>) {}

fn main() {
    OrderPaid {
        order: &mut 7_u32,
        customer: 1,
    }
    .send();
}

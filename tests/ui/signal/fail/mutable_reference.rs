#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

struct Order;

#[signal]
struct OrderPaying<'a> {
    #[sender]
    order: &'a mut Order,
    discounts: Option<&'a mut Vec<u32>>,
    // Takes one, and holds none.
    visit: fn(&mut Order),
}

#[receiver(signal = OrderPaying)]
fn on_paying(event: &OrderPaying<'_>) {}

fn main() {
    let order = &mut Order;
    OrderPaying {
        order,
        discounts: None,
        visit: |_| (),
    }
    .send();
}

#![allow(unused)]

use lback_signals::{Res, receiver, signal};

struct Tariff(u32);

#[signal]
struct OrderPaid;

#[receiver(signal = OrderPaid)]
fn bill(event: &OrderPaid, tariff: Res<'_, Tariff>) {}

fn main() {
    bill(Res::new(&Tariff(2)), &OrderPaid);
    bill(&OrderPaid, &Tariff(2));
}

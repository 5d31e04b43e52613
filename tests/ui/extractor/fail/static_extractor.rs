#![allow(unused)]

use lback_signals::{Res, SentBy, receiver, signal};

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a u32,
}

#[receiver(signal = OrderPaid)]
fn keeps_a_resource(_: &OrderPaid<'_>, tariff: Res<'static, u32>) {}

#[receiver(signal = OrderPaid)]
fn keeps_it_if_it_is_there(_: &OrderPaid<'_>, tariff: Option<Res<'static, u32>>) {}

#[receiver(signal = OrderPaid)]
fn keeps_the_sender(order: SentBy<'static, u32>) {}

fn main() {}

#![allow(unused)]

use lback_signals::{Res, SentBy, Signal, receiver, signal};

#[signal(nmae = "paid", reply = u32, required)]
struct OrderPaid<'a> {
    #[sender]
    order: &'a u32,
}

// Its receivers and its senders add no errors.
#[receiver(signal = OrderPaid, first, fulfills)]
fn whole(event: &OrderPaid<'_>) -> u32 {
    *event.order
}

#[receiver(signal = OrderPaid, after(whole))]
fn parts(order: SentBy<'_, u32>, tariff: Res<'_, u32>) -> Result<u32, String> {
    Ok(1)
}

fn main() {
    let report = OrderPaid { order: &7 }.send();
    let total: u32 = report.replies().map(|(_, reply)| *reply).sum();
}

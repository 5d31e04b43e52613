#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
enum OrderPaid {
    ByCard {
        #[sender]
        order: u32,
    },
    InCash,
}

#[signal]
union Reading {
    #[sender]
    whole: u32,
    bytes: [u8; 4],
}

#[signal]
fn order_shipped() {}

#[signal]
pub(crate) trait OrderLost {}

#[signal]
mod orders {}

#[signal]
impl Shop {}

#[signal]
type OrderFound = u32;

struct Shop;

// Its receivers add no errors.
#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid) {}

fn main() {}

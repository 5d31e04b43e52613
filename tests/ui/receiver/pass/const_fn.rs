#![forbid(unsafe_code)]
#![deny(warnings)]

//! A receiver may be a `const fn`, as `clippy::missing_const_for_fn` asks for.

use lback_signals::{Signal, receiver, signal};

#[signal(reply = u32)]
struct PriceAsked {
    cents: u32,
}

#[receiver(signal = PriceAsked)]
const fn price(event: &PriceAsked) -> u32 {
    event.cents
}

const PRICE: u32 = price(&PriceAsked { cents: 7 });

fn main() {
    let report = PriceAsked { cents: 7 }.send();
    assert!(report.replies().all(|(_, cents)| *cents == PRICE) && report.delivered() == 1);
}

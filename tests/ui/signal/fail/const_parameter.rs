#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal]
struct Sampled<const N: usize> {
    values: [u8; N],
}

#[receiver(signal = Sampled)]
fn on_sampled(event: &Sampled<4>) {}

fn main() {
    Sampled {
        values: [1, 2, 3, 4],
    }
    .send();
}

#![allow(unused)]

use lback_signals::{Signal, receiver, signal};

#[signal]
struct Saved<'a, T: Clone>
where
    T: Send,
{
    model: &'a T,
}

#[receiver(signal = Saved)]
fn on_saved(event: &Saved<'_, u32>) {}

fn main() {
    Saved { model: &7_u32 }.send();
}

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct Closing;

#[receiver(signal = Closing)]
fn shut_down(_: &Closing) -> ! {
    std::process::exit(0)
}

fn main() {}

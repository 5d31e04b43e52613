//! A receiver that runs later cannot reply.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(owned, reply = u32)]
struct Quoting;

#[signal(reply = u32, owned)]
struct Asking;

// Says nothing more.
#[receiver(signal = Quoting)]
fn quote(_: &Quoting) -> u32 {
    1
}

fn main() {}

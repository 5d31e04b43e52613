//! The key of a durable signal.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal]
struct NotDurable {
    #[key]
    order: u64,
}

#[signal(durable(name = "two", version = 1))]
struct Two {
    #[key]
    order: u64,
    #[key]
    customer: u64,
}

#[signal(durable(name = "value", version = 1))]
struct Value {
    #[key(order)]
    order: u64,
}

#[signal(durable(name = "misplaced", version = 1))]
#[key]
struct Misplaced {
    order: u64,
}

#[signal(durable(name = "sender", version = 1))]
struct Sender {
    #[sender]
    #[key]
    order: u64,
}

#[signal(durable(name = "conditional", version = 1))]
struct Conditional {
    #[cfg(target_os = "linux")]
    #[key]
    order: u64,
    #[cfg_attr(target_os = "linux", key)]
    customer: u64,
}

// Its receivers report no further error.
#[receiver(signal = Two, durable(name = "take-two", order = key))]
fn take_two(_: &Two) {}

fn main() {}

//! The options of a durable signal that exclude each other.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(reply = u32, durable(name = "quoting", version = 1))]
struct Quoting;

impl From<u32> for QuotingOwned {
    fn from(_: u32) -> Self {
        QuotingOwned {}
    }
}

#[signal(durable(name = "generic", version = 1))]
struct Generic<T> {
    value: T,
}

#[signal(durable(name = "fields", version = 1))]
struct Fields {
    #[field]
    one: u32,
    #[field(defualt)]
    two: u32,
    #[field(default, default)]
    three: u32,
    #[field(default = 4)]
    four: u32,
}

#[signal(owned)]
struct NotDurable {
    #[field(default)]
    note: Option<String>,
}

#[signal(durable = "order.paid")]
struct Equals;

#[signal(durable(name = "kept", version = 1, keep = "7 days"))]
struct Kept;

#[signal(durable(name = "kept-alone", version = 1, keep))]
struct KeptAlone;

#[receiver(signal = Quoting, durable(name = "quote"))]
fn quote(_: &Quoting) {}

fn main() {}

//! The default value of a field that older payloads lack.

#![allow(unused)]

use std::num::NonZero;

use lback_signals::signal;

#[signal(durable(name = "without-default", version = 1))]
struct WithoutDefault {
    #[field(default)]
    count: NonZero<u32>,
}

fn main() {}

#![allow(unused)]

use lback_signals::signal;

#[signal]
struct Transferred {
    #[sender]
    from: u32,
    #[sender]
    to: u32,
}

#[signal]
struct Noticed {
    #[sender]
    #[sender]
    by: u32,
}

fn main() {}

//! A `dyn Trait` needs a `ToOwned`.

#![allow(unused)]

use lback_signals::signal;

trait Document: 'static {}

#[signal(owned)]
struct Printed<'a> {
    #[sender]
    document: &'a dyn Document,
}

#[signal(owned)]
struct Sent<'a> {
    document: &'a (dyn Document + 'a),
}

fn main() {}

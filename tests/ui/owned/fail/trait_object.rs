//! A `dyn Trait` needs a `ToOwned`.

#![allow(unused)]

use lback_signals::signal;

trait Document: 'static {}

#[signal(owned)]
struct Printed<'a> {
    #[sender]
    document: &'a dyn Document,
}

trait Letter {}

#[signal(owned)]
struct Sent<'a> {
    letter: &'a (dyn Letter + 'a),
}

fn main() {}

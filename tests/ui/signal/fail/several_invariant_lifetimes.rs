//! One lifetime may be of any kind; several have to be covariant, so that a closure can be connected
//! that knows one.

use std::cell::Cell;

use lback_signals::signal;

#[signal]
struct Renamed<'a, 'b> {
    old: &'a str,
    new: Cell<&'b str>,
}

fn main() {}

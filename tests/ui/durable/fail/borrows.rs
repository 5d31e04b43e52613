//! A value that borrows cannot be read back.

#![allow(unused)]

use lback_signals::signal;

#[signal(durable(name = "borrows", version = 1))]
struct Borrows<'a> {
    option: Option<&'a str>,
    names: &'a [&'a str],
    constant: &'static str,
    constants: &'static [u8],
}

fn main() {}

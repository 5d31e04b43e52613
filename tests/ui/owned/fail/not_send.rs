//! An owned signal may be delivered on another thread.

#![allow(unused)]

use std::cell::Cell;
use std::rc::Rc;

use lback_signals::signal;

#[signal(owned)]
struct Saved<'a> {
    title: Rc<str>,
    count: &'a Cell<u32>,
}

fn main() {}

//! `owned` stands alone, once.

#![allow(unused)]

use lback_signals::signal;

#[signal(owned = true)]
struct WithValue;

#[signal(owned, owned)]
struct Twice;

#[signal(own)]
struct Misspelt;

fn main() {}

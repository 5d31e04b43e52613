//! `owned` stands alone, once.

use lback_signals::signal;

#[signal(owned = true)]
struct WithValue;

#[signal(owned, owned)]
struct Twice;

#[signal(own)]
struct Misspelt;

fn main() {}

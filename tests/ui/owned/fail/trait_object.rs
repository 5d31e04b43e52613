//! A `dyn Trait` needs a `ToOwned`.

use lback_signals::signal;

trait Document: 'static {}

#[signal(owned)]
struct Printed<'a> {
    #[sender]
    document: &'a dyn Document,
}

fn main() {}

//! A receiver is retired by its stored name.

use lback_signals::retire;

retire!("push-legacy");
retire!("Push Legacy");

fn main() {}

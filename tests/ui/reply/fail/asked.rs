//! A signal that always has an answer is not asked.

use lback_signals::{Signal, signal};

#[signal(reply = u32)]
struct Quoting;

#[signal]
struct Saved;

fn main() {
    let _ = Quoting.ask();
    let _ = Saved.ask();
}

//! Closures that cannot be connected to be awaited.

use lback_signals::{AsyncSignal, signal};

#[signal(async)]
struct Saved<'a> {
    title: &'a str,
}

#[signal]
struct Deleted;

fn main() {
    let _ = Saved::connect_async(|event: &Saved<'_>| println!("{}", event.title));
    let _ = Saved::connect_async(async |event| event.title.len());
    let _ = Deleted::connect_async(async |_| {});
}

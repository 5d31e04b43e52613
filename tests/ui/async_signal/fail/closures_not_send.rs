//! Async closures that cannot be sent to other threads, or not be cloned.

use std::cell::Cell;
use std::rc::Rc;
use std::sync::Mutex;

use lback_signals::{AsyncSignal, signal};

#[signal(async)]
struct Saved<'a> {
    title: &'a str,
}

fn main() {
    let last = Rc::new(Cell::new(0));
    let _ = Saved::connect_async(async move |event| last.set(event.title.len()));

    let titles = Mutex::new(String::new());
    let _ = Saved::connect_async(async move |event| titles.lock().unwrap().push_str(event.title));
}

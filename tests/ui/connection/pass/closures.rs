//! The forms of a connected closure: its argument's type is inferred.

use std::sync::Mutex;

use lback_signals::{Connection, Signal, signal};

#[signal]
struct OrderPaid<'a, 'b> {
    #[sender]
    email: &'a str,
    items: &'b [&'b str],
}

#[signal(owned)]
struct Saved;

fn function(event: &OrderPaid<'_, '_>) {
    assert!(!event.items.is_empty());
}

fn check<T: Send + Sync + 'static>(value: T) -> T {
    value
}

/// A function that is generic over the signal, whose receivers answer nothing.
fn ignore<S: Signal<Reply = ()>>(_: &S) {}

fn main() {
    let seen = Mutex::new(Vec::new());
    let _closure = check(OrderPaid::connect(move |event| {
        seen.lock().unwrap().push(event.email.len());
    }));
    let _fallible = OrderPaid::connect(|event| event.email.parse::<u32>().map(drop));
    let _function = OrderPaid::connect(function);
    let _named = Saved::connect(|_: &Saved| ());
    let connection: Connection = Saved::connect(ignore);
    drop(connection);
    let report = OrderPaid { email: "1", items: &["a"] }.send();
    assert_eq!(report.delivered(), 3);
    assert_eq!(Saved.send().delivered(), 1);
}

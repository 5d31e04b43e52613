//! Nothing but `AsyncSignal` is in scope, and the signal is not async.

#![allow(unused)]

use lback_signals::{AsyncSignal, signal};

#[signal]
struct Saved<'a> {
    title: &'a str,
}

async fn save(event: &Saved<'_>) {
    event.send_async().await;
}

fn main() {}

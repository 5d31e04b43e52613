//! Nothing but `Signal` is in scope, and the signal is async.

#![allow(unused)]

use lback_signals::{Signal, signal};

#[signal(async)]
struct Published;

async fn publish(event: &Published) {
    event.send_async().await;
}

fn main() {}

//! A signal that is not async is not sent with the methods of one that is.

#![allow(unused)]

use lback_signals::{AsyncSignal, Signal, signal};

#[signal]
struct Saved<'a> {
    title: &'a str,
}

async fn by_value(title: &str) {
    Saved { title }.send_async().await;
}

async fn by_reference(event: &Saved<'_>) {
    event.send_async().await;
}

async fn through_two(event: &&Saved<'_>) {
    event.send_async().await;
}

async fn strictly(event: &Saved<'_>) {
    event.try_send_async().await;
}

async fn built_on_demand() {
    Saved::send_async_with(|| Saved { title: "On signals" }).await;
}

fn main() {}

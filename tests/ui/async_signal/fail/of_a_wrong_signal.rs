//! Receivers and senders of a signal that is wrong itself say nothing more.

#![allow(unused)]

use lback_signals::{AsyncSignal, receiver, signal};

#[signal(async, replay = u32)]
struct Published<'a> {
    slug: &'a str,
}

#[receiver(signal = Published)]
async fn call_webhook(event: &Published<'_>, number: u32) {}

#[receiver(signal = Published)]
fn index(event: &Published<'_>) {}

async fn publish(slug: &str) {
    Published { slug }.send_async().await;
}

#[signal(async)]
struct Withdrawn<'a, T> {
    reason: &'a T,
}

#[receiver(signal = Withdrawn)]
async fn on_withdrawn(event: &Withdrawn<'_, u32>) {}

#[signal(owned)]
struct Saved(u32);

#[receiver(signal = Saved, background)]
async fn later(event: &Saved) {}

fn main() {}

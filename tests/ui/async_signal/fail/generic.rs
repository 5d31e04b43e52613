//! Code that is generic over its signal says how it sends.

#![allow(unused)]

use lback_signals::{AsyncSignal, Report, Signal, SyncSignal, signal};

#[signal]
struct Saved;

#[signal(async)]
struct Published;

fn any<S: Signal>(event: &S) {
    event.send();
}

fn any_strictly(event: &impl Signal) {
    event.try_send();
}

fn any_built<S: Signal>(build: impl FnOnce() -> S) -> Report<S::Reply> {
    S::send_with(build)
}

async fn any_awaited<S: Signal + Sync>(event: &S) {
    event.send_async().await;
}

fn sync_only(event: &impl SyncSignal) {
    event.send();
}

fn async_only(event: &impl AsyncSignal) {
    drop(event.send_async());
}

fn both() {
    sync_only(&Published);
    async_only(&Saved);
}

fn main() {}

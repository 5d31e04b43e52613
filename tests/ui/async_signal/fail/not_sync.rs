//! An async signal is shared by receivers that may be polled on other threads.

#![allow(unused)]

use std::cell::{Cell, RefCell};

use lback_signals::{AsyncSignal, receiver, signal};

#[signal(async)]
struct Published<'a> {
    readers: &'a Cell<u32>,
}

#[signal(async, reply = u32)]
struct Counting {
    words: RefCell<Vec<String>>,
}

#[receiver(signal = Published)]
fn count(event: &Published<'_>) {}

async fn publish(readers: &Cell<u32>) {
    Published { readers }.send_async().await;
}

fn main() {}

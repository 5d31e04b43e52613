//! An `async fn` takes what an `fn` would.

#![allow(unused)]

use lback_signals::{receiver, signal};

struct User;

#[signal(async)]
struct Published<'a> {
    #[sender]
    author: &'a User,
}

#[signal(async)]
struct Withdrawn;

#[receiver(signal = Published)]
async fn the_sender(author: &User) {}

#[receiver(signal = Published)]
async fn by_value(event: Published<'_>) {}

#[receiver(signal = Published)]
async fn another_signal(event: &Withdrawn) {}

#[receiver(signal = Published)]
async fn several(event: &Published<'_>, count: u32) {}

fn main() {}

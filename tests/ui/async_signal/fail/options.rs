//! The option, and what it cannot be joined with.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(async = true)]
struct WithValue;

#[signal(async, async)]
struct Twice;

#[signal(asynch)]
struct Misspelt;

#[signal(sync)]
struct TheOpposite;

#[signal(async, owned, reply = u32)]
struct OwnedWithReply;

#[signal(async)]
struct Published;

#[receiver(signal = Published, async)]
fn on_published(_: &Published) {}

fn main() {}

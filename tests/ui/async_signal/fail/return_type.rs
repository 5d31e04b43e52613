//! An `async fn` returns what an `fn` would.

#![allow(unused)]

use lback_signals::{receiver, signal};

struct Broken;

#[signal(async)]
struct Published;

#[signal(async, reply = u32)]
struct Counting;

#[receiver(signal = Published)]
async fn number(_: &Published) -> u32 {
    7
}

#[receiver(signal = Published)]
async fn with_a_struct(_: &Published) -> Result<(), Broken> {
    Err(Broken)
}

#[receiver(signal = Counting)]
async fn nothing(_: &Counting) {}

#[receiver(signal = Counting)]
async fn text(_: &Counting) -> Result<String, String> {
    Ok(String::new())
}

#[receiver(signal = Published)]
fn a_future(_: &Published) -> std::future::Ready<()> {
    std::future::ready(())
}

fn main() {}

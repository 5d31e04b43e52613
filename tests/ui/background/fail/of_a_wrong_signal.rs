//! A receiver of a signal that is wrong itself says nothing more.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(owned)]
struct Saved<'a> {
    note: Option<&'a str>,
}

#[receiver(signal = Saved, background)]
fn index(event: &Saved<'_>) {}

#[receiver(signal = Saved, after_commit, background)]
async fn announce(event: &Saved<'_>) {}

fn main() {}

//! A receiver of a signal that is wrong itself says nothing more.

#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(owned)]
struct Saved<'a> {
    note: Option<&'a str>,
}

#[receiver(signal = Saved, after_commit)]
fn index(event: &Saved<'_>) {}

#[receiver(signal = Saved, after_rollback)]
fn forget(event: &Saved<'_>) {}

fn main() {}

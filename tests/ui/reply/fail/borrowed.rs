#![allow(unused)]

use lback_signals::{receiver, signal};

#[signal(reply = &str)]
struct Asked;

#[signal(reply = Option<&str>)]
struct AskedAgain<'a> {
    name: &'a str,
}

#[receiver(signal = Asked)]
fn answer(_: &Asked) -> &'static str {
    "yes"
}

fn main() {}

//! A field of which no copy can be kept is refused by name.

#![allow(unused)]

use std::borrow::Cow;

use lback_signals::signal;

#[signal(owned)]
struct Saved<'a> {
    title: &'a str,
    note: Option<&'a str>,
    text: Cow<'a, str>,
    tags: &'a [&'a str],
    twice: &'a &'a str,
    hidden: std::marker::PhantomData<fn(&'a str)>,
}

fn main() {}

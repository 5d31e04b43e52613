#![allow(unused)]

use lback_signals::{Context, FromSignal, Rejection, receiver, signal};

#[signal]
struct PageViewed<'a> {
    path: &'a str,
}

struct Section<'s>(&'s str);

impl<'s> FromSignal<'s, PageViewed<'_>> for Section<'s> {
    fn from_signal(page: &'s PageViewed<'_>, _: &'s Context) -> Result<Self, Rejection> {
        Ok(Section(page.path))
    }
}

#[receiver(signal = PageViewed)]
fn keeps_it(section: Section<'static>) {}

fn main() {}

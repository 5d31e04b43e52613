//! A value that is held across an `.await` is `Send`.

#![allow(unused)]

use std::cell::Cell;
use std::future::ready;
use std::rc::Rc;

use lback_signals::{Signal, receiver, signal};

#[signal(async)]
struct Published<'a> {
    slug: &'a str,
}

#[receiver(signal = Published)]
async fn holds_an_rc(event: &Published<'_>) {
    let slug = Rc::new(event.slug);
    ready(()).await;
    drop(slug);
}

#[receiver(signal = Published)]
async fn holds_a_cell(event: &Published<'_>) -> Result<(), String> {
    let count = Cell::new(1);
    let counted = &count;
    ready(()).await;
    counted.set(2);
    Ok(())
}

fn main() {}

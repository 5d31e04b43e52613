//! An async signal is not sent with the methods of one that is not.

#![allow(unused)]

use lback_signals::{AsyncSignal, Report, Signal, signal};

#[signal(async)]
struct Published<'a> {
    slug: &'a str,
}

fn send(slug: &str) {
    Published { slug }.send();
}

fn try_send(event: &Published<'_>) -> Result<(), lback_signals::Failure> {
    event.try_send()?;
    Ok(())
}

fn send_with() -> Report {
    Published::send_with(|| Published { slug: "on-signals" })
}

async fn in_an_async_fn(event: Published<'_>) {
    event.send();
}

fn main() {}

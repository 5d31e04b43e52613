//! An async closure that holds what cannot be sent across an `.await`.

use std::rc::Rc;

use lback_signals::{AsyncSignal, signal};

#[signal(async)]
struct Saved<'a> {
    title: &'a str,
}

async fn pause() {}

fn main() {
    let _ = Saved::connect_async(async |event| {
        let title = Rc::new(event.title);
        pause().await;
        println!("{title}");
    });
}

//! Replies of async receivers.

use lback_signals::{AsyncSignal, Signal, receiver, signal};

use super::{poll_once, yield_now};

#[signal(async, reply = &'a str)]
struct Asking<'a> {
    text: &'a str,
}

#[receiver(signal = Asking)]
async fn answers_late<'a>(event: &Asking<'a>) -> &'a str {
    yield_now().await;
    &event.text[..2]
}

#[receiver(signal = Asking)]
async fn answers_soon<'a>(event: &Asking<'a>) -> Result<&'a str, String> {
    if event.text.is_empty() {
        Err("nothing asked".to_owned())
    } else {
        Ok(&event.text[1..])
    }
}

#[receiver(signal = Asking)]
fn is_called<'a>(event: &Asking<'a>) -> &'a str {
    event.text
}

#[test]
fn replies_are_in_receiver_order_and_not_in_order_of_completion() {
    let connection = Asking::connect(|_| ());
    let text = "what".to_owned();
    let report = pollster::block_on(Asking { text: &text }.send_async());
    drop(connection);
    let replies: Vec<_> = report
        .replies()
        .map(|(by, reply)| (by.name(), *reply))
        .collect();
    assert_eq!(
        replies,
        [
            ("is_called", "what"),
            ("answers_late", "wh"),
            ("answers_soon", "hat")
        ]
    );
}

struct PanicsWhenDropped;

impl Drop for PanicsWhenDropped {
    fn drop(&mut self) {
        std::panic::panic_any("dropped");
    }
}

#[signal(async, reply = PanicsWhenDropped)]
struct Begun;

#[receiver(signal = Begun)]
fn a(_: &Begun) -> PanicsWhenDropped {
    PanicsWhenDropped
}

#[receiver(signal = Begun)]
async fn b(_: &Begun) -> PanicsWhenDropped {
    PanicsWhenDropped
}

#[receiver(signal = Begun)]
async fn c(_: &Begun) -> PanicsWhenDropped {
    std::future::pending().await
}

#[test]
fn replies_of_a_cancelled_dispatch_are_dropped_and_their_panics_are_caught() {
    let mut sending = Box::pin(Begun.send_async());
    assert!(poll_once(sending.as_mut()).is_pending());
    drop(sending);
}

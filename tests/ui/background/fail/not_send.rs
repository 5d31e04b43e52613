//! A value that is held across an `.await` in the background is `Send`.

#![allow(unused)]

use std::future::ready;
use std::rc::Rc;

use lback_signals::{receiver, signal};

#[signal(owned)]
struct OrderPaid<'a> {
    email: &'a str,
}

#[receiver(signal = OrderPaid, background)]
async fn send_receipt(event: &OrderPaid<'_>) {
    let email = Rc::new(event.email);
    ready(()).await;
    drop(email);
}

fn main() {}

#![forbid(unsafe_code)]
#![deny(warnings)]

//! Async signals and receivers out of a user's own `macro_rules!`.

use lback_signals::{AsyncSignal, Context, FromSignal, Rejection, Signal, receiver, signal};

macro_rules! events {
    ($($(#[$attribute:meta])* $name:ident { $($field:ident: $ty:ty),* })*) => {$(
        $(#[$attribute])*
        #[signal(async, owned)]
        struct $name<'a> { #[sender] marker: &'a str, $($field: $ty),* }
    )*};
}

events! {
    /// Paid.
    OrderPaid { amount: Option<u32> }
    OrderSent { weight: u64, by: &'static str }
}

macro_rules! fails_on {
    ($name:ident, $signal:path, $reason:expr $(, $option:ident)*) => {
        #[receiver(signal = $signal $(, $option)*)]
        async fn $name(event: &$signal) -> Result<(), String> {
            let delivery = event.marker;
            std::future::ready(()).await;
            Err(format!("{delivery}: {}", $reason))
        }
    };
}

macro_rules! count {
    ($name:ident($event:ident: $parameter:ty) -> $returns:ty, $($signal:ident),*) => {
        #[receiver(signal = [$($signal),*], crate = lback_signals)]
        async fn $name<S: Signal<Sender = str>>($event: &S, other: $parameter) -> $returns {
            let _: Marker = other;
            assert_eq!($event.sender(), "x");
            Ok(())
        }
    };
}

macro_rules! whole {
    ($function:item $($option:ident)?) => {
        #[receiver(signal = OrderSent $(, $option)?)]
        $function
    };
}

macro_rules! awaited {
    ($(#[$attribute:meta])* async fn $name:ident $parameters:tt $body:block) => {
        $(#[$attribute])* async fn $name $parameters $body
    };
}

struct Marker;

impl<S: Signal> FromSignal<'_, S> for Marker {
    fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
        Ok(Marker)
    }
}

mod shop {
    #[lback_signals::signal(async)]
    pub struct Closed {
        pub marker: &'static str,
    }
}

fails_on!(closed, shop::Closed, "closed");
fails_on!(closed_first, crate::shop::Closed, 1 + 1, first);
count!(counts(event: Marker) -> Result<(), std::fmt::Error>, OrderPaid, OrderSent);
whole! {
    async fn on_sent(event: &OrderSent<'_>) {
        assert_eq!((event.weight, event.by), (3, "mail"));
    }
}
whole! {
    async fn on_sent_in_the_background(event: &OrderSent<'_>) {
        assert_eq!((event.weight, event.by), (3, "mail"));
    }
    background
}
awaited! {
    #[receiver(signal = OrderPaid)]
    async fn awaited(event: &OrderPaid<'_>) {
        assert_eq!(event.amount, None);
    }
}
#[receiver(signal = OrderPaid)]
fn called(event: &OrderPaid<'_>) {
    assert_eq!(event.amount, None);
}

#[tokio::main]
async fn main() {
    let paid = OrderPaid { marker: "x", amount: None }.send_async().await;
    assert_eq!(paid.delivered(), 3, "{paid:?}");
    assert!(OrderPaid::info().is_async() && OrderPaid::info().is_owned());
    let sent = OrderSent { marker: "x", weight: 3, by: "mail" }.send_async().await;
    assert_eq!((sent.delivered(), sent.deferred()), (2, 1), "{sent:?}");

    let closed = shop::Closed { marker: "y" }.send_async().await;
    let failures: Vec<_> = closed.failures().iter().map(ToString::to_string).collect();
    assert_eq!(failures.len(), 2);
    assert!(failures[0].ends_with("y: 2") && failures[1].ends_with("y: closed"), "{failures:?}");
}

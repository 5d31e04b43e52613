#![forbid(unsafe_code)]
#![deny(warnings)]

//! Signals and receivers out of a user's own `macro_rules!`.

use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};

macro_rules! events {
    ($($(#[$attribute:meta])* $name:ident { $($field:ident: $ty:ty),* })*) => {$(
        $(#[$attribute])*
        #[signal]
        #[derive(Default)]
        struct $name<'a> { #[sender] marker: &'a str, $($field: $ty),* }
    )*};
}

events! {
    /// Paid.
    OrderPaid { amount: Option<u32> }
    OrderSent { weight: u64, by: &'static str }
}

macro_rules! fails_on {
    ($name:ident, $signal:path, $reason:expr) => {
        #[receiver(signal = $signal)]
        fn $name(event: &$signal) -> Result<(), String> {
            let delivery = event.marker;
            Err(format!("{delivery}: {}", $reason))
        }
    };
}

macro_rules! count {
    ($name:ident($event:ident: $parameter:ty) -> $returns:ty, $($signal:ident),*) => {
        #[receiver(signal = [$($signal),*], crate = lback_signals)]
        fn $name<S: Signal<Sender = str>>($event: &S, other: $parameter) -> $returns {
            let _: Marker = other;
            assert_eq!($event.sender(), "x");
            Ok(())
        }
    };
}

macro_rules! by_type {
    ($name:ident, $signal:ty) => {
        #[receiver(signal = $signal)]
        fn $name(_: &$signal) {}
    };
}

macro_rules! whole {
    ($function:item) => {
        #[receiver(signal = OrderSent)]
        $function
    };
}

macro_rules! nested {
    ($signal:ident) => {
        fails_on!(nested_fails, $signal, 1 + 1);
    };
}

struct Marker;

impl<S: Signal> FromSignal<'_, S> for Marker {
    fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
        Ok(Marker)
    }
}

mod shop {
    #[lback_signals::signal]
    pub struct Closed {
        pub marker: &'static str,
    }
}

fails_on!(closed, shop::Closed, "closed");
fails_on!(closed_again, crate::shop::Closed, "again");
nested!(Plain);
count!(counts(event: Marker) -> Result<(), std::fmt::Error>, OrderPaid, OrderSent);
by_type!(takes_plain, Plain);
by_type!(takes_closed, shop::Closed);
whole! {
    fn on_sent(event: &OrderSent<'_>) {
        assert_eq!((event.weight, event.by), (3, "mail"));
    }
}

#[signal]
struct Plain {
    marker: &'static str,
}

fn main() {
    assert_eq!(
        OrderPaid {
            marker: "x",
            amount: None
        }
        .send()
        .delivered(),
        1
    );
    assert_eq!(OrderPaid::default().amount, None);
    assert_eq!(OrderPaid::info().docs(), "Paid.");
    assert_eq!(OrderPaid::info().fields()[1].type_name(), "Option<u32>");
    assert_eq!(
        OrderSent {
            marker: "x",
            weight: 3,
            by: "mail"
        }
        .send()
        .delivered(),
        2
    );

    let plain = Plain { marker: "x" }.send();
    assert_eq!(plain.delivered(), 1);
    assert!(
        plain.failures()[0].to_string().ends_with("x: 2"),
        "{:?}",
        plain.failures()
    );
    let closed = shop::Closed { marker: "y" }.send();
    assert_eq!(closed.delivered(), 1);
    assert!(
        closed.failures()[0].to_string().ends_with("y: closed"),
        "{:?}",
        closed.failures()
    );
    assert!(
        closed.failures()[1].to_string().ends_with("y: again"),
        "{:?}",
        closed.failures()
    );
}

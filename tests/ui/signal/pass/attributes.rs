#![forbid(unsafe_code)]
#![deny(warnings)]
#![deny(missing_docs, missing_debug_implementations, unreachable_pub)]
//! The struct keeps its attributes, and what is beside it is as conditional as it is.

use lback_signals::{Signal, receiver, signal};

/// Has been paid.
///
/// By card.
#[signal(name = "shop/order.paid")]
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
#[must_use]
struct OrderPaid {
    /// Its number.
    #[doc(alias = "no")]
    number: u32,
    #[cfg(any())]
    never: NoSuchType,
    #[cfg(all())]
    always: u8,
    #[cfg_attr(all(), cfg(any()))]
    never_either: NoSuchType,
    #[cfg_attr(all(), cfg_attr(all(), cfg(any())))]
    never_at_all: NoSuchType,
}

#[cfg(any())]
#[signal]
struct Above {
    field: NoSuchType,
}

#[signal]
#[cfg(any())]
struct Below {
    field: NoSuchType,
}

#[signal]
#[cfg_attr(all(), cfg(any()))]
struct Either {
    field: NoSuchType,
}

// The one that is there has the name of those that are not.
#[signal]
#[cfg(all())]
struct Below;

#[signal]
#[deprecated = "for its own reasons"]
struct Old {
    #[deprecated]
    #[sender]
    field: u8,
}

#[receiver(signal = OrderPaid)]
fn on_paid(event: &OrderPaid) {
    assert_eq!(event.number + u32::from(event.always), 9);
}

fn main() {
    let event = OrderPaid {
        number: 7,
        always: 2,
    };
    assert_eq!(event.clone().send().delivered(), 1);
    assert_ne!(event, OrderPaid::default());
    assert_eq!(OrderPaid::info().name(), "shop/order.paid");
    assert_eq!(OrderPaid::info().docs(), "Has been paid.\n\nBy card.");
    let fields: Vec<_> = OrderPaid::info()
        .fields()
        .iter()
        .map(|field| field.name())
        .collect();
    assert_eq!(fields, ["number", "always"]);
    Below.send();
    #[allow(deprecated)]
    Old { field: 1 }.send();
    assert_eq!(
        lback_signals::wiring()
            .signals()
            .iter()
            .filter(|it| it.name() == "below")
            .count(),
        1
    );
}

#![forbid(unsafe_code)]
#![deny(warnings)]

//! Receivers are named by any path that leads to their functions.

use lback_signals::{Signal, receiver, signal};

#[signal]
pub struct OrderPaid<'a> {
    pub order: &'a u32,
}

#[signal]
pub struct OrderSent;

mod shop {
    pub(crate) mod stock {
        use crate::OrderPaid;

        #[lback_signals::receiver(signal = OrderPaid)]
        pub(crate) fn reserve(_: &OrderPaid<'_>) {}

        #[lback_signals::receiver(signal = OrderPaid, after(reserve, super::super::z_audit))]
        pub(crate) fn count(_: &OrderPaid<'_>) {}
    }

    pub(crate) use stock::reserve as z_reserved;

    #[lback_signals::receiver(signal = crate::OrderPaid, after(stock::reserve, self::z_reserved))]
    fn a_pack(_: &crate::OrderPaid<'_>) {}
}

use shop::stock as warehouse;

#[receiver(signal = OrderPaid, before(warehouse::count, shop::z_reserved))]
fn z_audit(_: &OrderPaid<'_>) {}

#[receiver(signal = OrderPaid, before(on_any::<OrderPaid<'_>>))]
#[receiver(signal = OrderSent, after(on_any::<OrderSent>))]
fn z_count<S: Signal>(_: &S) {}

#[receiver(signal = [OrderPaid, OrderSent])]
fn on_any<S: Signal>(_: &S) {}

#[receiver(signal = OrderSent, after(r#move))]
fn a_sent(_: &OrderSent) {}

#[receiver(signal = OrderSent, first)]
fn r#move(_: &OrderSent) {}

fn order<S: Signal>() -> Vec<&'static str> {
    S::info().receivers().iter().map(|it| it.name()).collect()
}

fn main() {
    let paid = order::<OrderPaid<'_>>();
    let place = |name| paid.iter().position(|it| *it == name).unwrap();
    assert_eq!(paid.len(), 6);
    assert!(place("z_audit") < place("reserve"));
    assert!(place("reserve") < place("count"));
    assert!(place("reserve") < place("a_pack"));
    assert!(place("z_count") < place("on_any"));
    assert_eq!(
        order::<OrderSent>(),
        ["move", "a_sent", "on_any", "z_count"]
    );
}

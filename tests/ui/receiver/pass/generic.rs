#![forbid(unsafe_code)]
#![deny(warnings)]

use std::fmt::Debug;

use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};

#[signal]
#[derive(Clone, Debug)]
struct OrderPaid<'a> {
    #[sender]
    order: &'a str,
}

#[signal]
#[derive(Clone, Debug)]
struct OrderSent<'a, 'b> {
    #[sender]
    order: &'a str,
    by: &'b str,
}

#[signal]
struct ShopClosed;

/// The signal's name, of every signal.
struct Name(&'static str);

impl<S: Signal> FromSignal<'_, S> for Name {
    fn from_signal(_: &S, _: &Context) -> Result<Self, Rejection> {
        Ok(Name(S::info().name()))
    }
}

// An extractor that is a reference itself.
struct Local;

impl<'s> FromSignal<'s, OrderPaid<'_>> for &'s Local {
    fn from_signal(_: &'s OrderPaid<'_>, _: &'s Context) -> Result<Self, Rejection> {
        Ok(&Local)
    }
}

#[receiver(signal = [OrderPaid, OrderSent, ShopClosed])]
fn a_any<S: Signal>(_: &S) {}

#[receiver(signal = [OrderPaid, OrderSent,])]
fn b_with_a_bound<S: Signal<Sender = str>>(event: &S) {
    assert_eq!(event.sender(), "order");
}

#[receiver(signal = [OrderPaid, OrderSent])]
fn c_with_a_where_clause<'e, S>(event: &'e S, name: Name) -> Result<(), String>
where
    S: Signal + Clone + Debug,
    S::Sender: AsRef<str> + 'e,
{
    assert_eq!(event.sender().as_ref(), "order");
    if name.0 == "order_sent" {
        Err(format!("{event:?}"))
    } else {
        Ok(())
    }
}

#[receiver(signal = [OrderPaid, ShopClosed])]
fn d_not_about_the_signal(name: Name) {
    assert_ne!(name.0, "order_sent");
}

#[receiver(signal = [OrderPaid, OrderSent])]
fn e_with_the_sender_named<S: Signal<Sender = T>, T: ?Sized + AsRef<str>>(event: &S) {
    assert_eq!(event.sender().as_ref(), "order");
}

#[allow(unused_parens)]
#[receiver(signal = OrderPaid)]
fn f_of_one<S: Signal>(_: (&S), _: &Local) {}

#[receiver(signal = [OrderPaid])]
fn g_not_generic(_: &OrderPaid<'_>) {}

fn main() {
    let paid = OrderPaid { order: "order" }.send();
    assert_eq!((paid.delivered(), paid.failures().len()), (7, 0));

    let sent = OrderSent {
        order: "order",
        by: "mail",
    }
    .send();
    assert_eq!(sent.delivered(), 3);
    assert!(
        sent.failures()[0].to_string().contains("mail"),
        "{:?}",
        sent.failures()
    );
    assert_eq!(ShopClosed.send().delivered(), 2);
}

#![forbid(unsafe_code)]
#![deny(warnings)]

use lback_signals::{Context, FromSignal, Rejection, Signal, receiver, signal};

struct Order {
    id: u32,
}

#[signal]
struct OrderPaid<'a> {
    #[sender]
    order: &'a Order,
    note: &'a str,
}

/// An extractor that borrows from the signal.
#[derive(Clone, Copy)]
struct Words<'s> {
    first: &'s str,
}

impl<'s> FromSignal<'s, OrderPaid<'_>> for Words<'s> {
    fn from_signal(event: &'s OrderPaid<'_>, _: &'s Context) -> Result<Self, Rejection> {
        match event.note.split(' ').next() {
            None | Some("") => Err(Rejection::skip()),
            Some("bad") => Err(Rejection::fail("a bad word")),
            Some(first) => Ok(Words { first }),
        }
    }
}

/// One with two lifetimes, from the signal and from what is in it.
struct Parts<'s, 'a>(&'s OrderPaid<'a>, &'a str);

impl<'s, 'a> FromSignal<'s, OrderPaid<'a>> for Parts<'s, 'a> {
    fn from_signal(event: &'s OrderPaid<'a>, _: &'s Context) -> Result<Self, Rejection> {
        Ok(Parts(event, event.note))
    }
}

impl<'s> FromSignal<'s, OrderPaid<'_>> for &'s Order {
    fn from_signal(event: &'s OrderPaid<'_>, _: &'s Context) -> Result<Self, Rejection> {
        Ok(event.order)
    }
}

#[receiver(signal = OrderPaid)]
fn a_pattern(&OrderPaid { order, .. }: &OrderPaid<'_>) {
    assert_eq!(order.id, 7);
}

#[receiver(signal = OrderPaid)]
fn b_pattern_by_reference(
    OrderPaid {
        order: Order { id },
        note: _,
    }: &OrderPaid<'_>,
) {
    assert_eq!(*id, 7);
}

#[receiver(signal = OrderPaid)]
fn c_named_lifetime<'a>(event: &'a OrderPaid<'a>) {
    assert_eq!(event.order.id, 7);
}

#[receiver(signal = OrderPaid)]
fn d_extractors(words: Words<'_>, Parts(event, note): Parts<'_, '_>) {
    assert!(event.note == note && note.starts_with(words.first));
}

#[receiver(signal = OrderPaid)]
fn e_named_extractors<'s, 'a: 's>(words: Words<'s>, parts: Parts<'s, 'a>, order: &'s Order) {
    let _: (&'s str, &'a str) = (words.first, parts.1);
    assert_eq!(order.id, parts.0.order.id);
}

#[receiver(signal = OrderPaid)]
fn f_the_same_twice<'a>(one: &'a OrderPaid<'a>, mut another: &'a OrderPaid<'a>) {
    assert!(std::ptr::eq(one, another));
    another = one;
    let _ = another;
}

fn main() {
    let order = &Order { id: 7 };
    let send = |note| OrderPaid { order, note }.send();

    let report = send("good words");
    assert_eq!(
        (
            report.delivered(),
            report.skipped(),
            report.failures().len()
        ),
        (6, 0, 0)
    );
    let report = send("");
    assert_eq!(
        (
            report.delivered(),
            report.skipped(),
            report.failures().len()
        ),
        (4, 2, 0)
    );
    let report = send("bad words");
    assert_eq!(
        (
            report.delivered(),
            report.skipped(),
            report.failures().len()
        ),
        (4, 0, 2)
    );
    assert!(report.failures()[0].to_string().ends_with("a bad word"));

    // They stay functions.
    e_named_extractors(
        Words { first: "x" },
        Parts(&OrderPaid { order, note: "x" }, "x"),
        order,
    );
}
